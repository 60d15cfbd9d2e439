import { expect, test } from "@jest/globals";
import { HeaderMap } from "../header-map.ts";
import { requestFault } from "./request-fault.ts";

function fault(change: (headers: HeaderMap) => void): ReturnType<typeof requestFault> {
  const headers = new HeaderMap([
    [":authority", "a"],
    [":path", "/"],
    [":method", "GET"],
    [":scheme", "http"],
    ["x-forwarded-proto", "http"],
  ]);
  change(headers);
  return requestFault(headers);
}

test("a request that can be sent has none, with or without an authority", () => {
  expect(fault(() => {})).toBeUndefined();
  expect(fault((headers) => headers.remove(":authority"))).toBeUndefined();
});

test("without a path, or without any scheme, nothing is routed", () => {
  expect(fault((headers) => headers.remove(":path"))).toMatchObject({
    status: 404,
    details: "route_not_found",
  });
  expect(fault((headers) => headers.set(":path", "no-slash"))).toMatchObject({ status: 404 });
  expect(fault((headers) => headers.remove(":scheme"))).toBeUndefined();
  expect(
    fault((headers) => {
      headers.remove(":scheme");
      headers.remove("x-forwarded-proto");
    }),
  ).toMatchObject({ status: 404 });
});

test.each([
  ["no method", (headers: HeaderMap) => headers.remove(":method"), "missing required header: :method"],
  ["a name that is none", (headers: HeaderMap) => headers.add("x a", "b"), "invalid header name: x a"],
  ["a line end", (headers: HeaderMap) => headers.add("x-a", "b\r\nc: d"), "invalid header value for: x-a"],
])("%s is 503 in the router's words", (_, change, body) => {
  const details = `filter_removed_required_request_headers{${body.replace(/\s/g, "_")}}`;
  expect(fault(change)).toEqual({ status: 503, details, body });
});
