// The README's example; readme.test.ts keeps the two alike.
import { beforeEach, expect, test } from "@jest/globals";
import { fakeUpstream, loadFilter, type FakeUpstream, type TestFilter } from "./jest.ts";
import { compileBytes } from "../testing/compile.ts";

let users: FakeUpstream;
let filter: TestFilter;

beforeEach(async () => {
  users = fakeUpstream(({ headers }) => ({ status: headers.get("x-user") === "kim" ? 200 : 404 }));
  filter = await loadFilter(compileBytes("guard"), { configuration: "users", clusters: { users } });
});

test("whom the user service knows gets through", async () => {
  const exchange = await filter.request({ path: "/orders", headers: { "x-user": "kim" } });
  expect(exchange).toReachUpstreamWith({ path: "/orders", headers: { "x-guarded": "yes", "x-user": null } });
  expect(exchange).toHaveResponseHeader("x-guard", "passed");
  expect(filter).toHaveCounted("guard_allowed", 1);
  expect(users.requests).toMatchObject([{ method: "GET", path: "/users" }]);
});

test("everybody else is answered by the filter", async () => {
  const exchange = await filter.request({ path: "/orders", headers: { "x-user": "eve" } });
  expect(exchange).toBeLocalResponse({ status: 403, details: "guard:unknown", body: /not you/ });
  expect(filter).toHaveLogged("warn", /eve/);
});

test("a request waits two seconds for the user service, and no longer", async () => {
  users.answer("nothing");
  const exchange = await filter.request({ path: "/orders", headers: { "x-user": "kim" } });
  await filter.clock.advance("1999ms");
  expect(exchange).toBeWaiting();
  await filter.clock.advance("1ms");
  expect(exchange).toBeLocalResponse({ status: 503, details: "guard:no_answer" });
});

test("a response is marked, phase by phase", () => {
  const exchange = filter.stream({ properties: { tls: { peer: { uriSan: "spiffe://shop/kim" } } } });
  expect(exchange.requestHeaders({ path: "/open" })).toBe("continue");
  expect(exchange.requestBody("some ")).toBe("continue");
  expect(exchange.requestBody("more", "end")).toBe("continue");
  expect(exchange).toReachUpstreamWith({ headers: { "x-peer": "spiffe://shop/kim" }, body: "some more" });
  expect(exchange.responseHeaders({ status: 200 }, "end")).toBe("continue");
  expect(exchange).toHaveResponseHeader("x-guard", "passed");
});
