import { beforeEach, describe, expect, test } from "@jest/globals";
import { toBytes } from "./bytes.ts";
import { HeaderMap } from "./header-map.ts";
import { NOT_SERIALIZABLE, propertyPath, streamProperty } from "./properties.ts";
import { RootContext, StreamContext } from "./stream-context.ts";

const plugin = {
  pluginConfiguration: new Uint8Array(0),
  rootId: "",
  pluginName: "",
  allowOnHeadersStopIteration: false,
};
let stream: StreamContext;

beforeEach(() => {
  stream = new StreamContext(2, new RootContext(1, plugin), null, 0);
});

function read(...segments: string[]): unknown {
  const value = streamProperty(stream, propertyPath(...segments));
  return value instanceof Uint8Array && value.length === 8
    ? Number(Buffer.from(value).readBigInt64LE())
    : value;
}

describe("sizes", () => {
  test("of a request are what is declared, else what has come; in all, what has come and the headers", () => {
    stream.info.requestBytes = 3;
    expect([read("request", "size"), read("request", "total_size")]).toEqual([3, 3]);
    stream.requestHeaders = new HeaderMap([["content-length", "10"]]);
    expect([read("request", "size"), read("request", "total_size")]).toEqual([10, 3 + 16]);
  });

  test("of a response are what was sent on", () => {
    stream.responseHeaders = new HeaderMap([["content-length", "10"]]);
    expect([read("response", "size"), read("response", "total_size")]).toEqual([0, 16]);
    stream.info.responseBytes = 5;
    expect(read("response", "size")).toBe(5);
  });
});

test("status, details and flags outlive the headers; they are of the exchange", () => {
  expect([read("response", "code"), read("response", "flags")]).toEqual([undefined, 0]);
  stream.info.responseCode = 503;
  stream.info.responseCodeDetails = "why";
  stream.info.responseFlags = 0x4000;
  expect(["code", "code_details", "flags"].map((field) => read("response", field))).toEqual([
    503,
    "why",
    0x4000,
  ]);
});

test("an object is there and cannot be given; a map of headers is given with its names once", () => {
  for (const path of ["request", "response", "source", "connection", ""])
    expect(read(path)).toBe(NOT_SERIALIZABLE);
  stream.requestHeaders = new HeaderMap([
    ["x-a", "1"],
    ["x-a", "2"],
  ]);
  expect(read("request", "headers", "X-A")).toBe("1,2");
  expect(Buffer.from(read("request", "headers") as Uint8Array).toString("latin1")).toContain(
    "x-a\x001,2\x00",
  );
  expect(read("response", "headers")).toEqual(new Uint8Array(4));
});

test("what a filter sets is found under a name of one segment that is not Envoy's own", () => {
  stream.filterState = new Map(
    ["mine", "deep\0er", "request\0path", "", "filter_state\0wasm.mine"].map((path) => [
      path,
      toBytes("set"),
    ]),
  );
  expect(read("mine")).toEqual(toBytes("set"));
  expect(read("filter_state", "wasm.mine")).toEqual(toBytes("set"));
  expect(read("deep", "er")).toBeUndefined();
  expect(read("request", "path")).toBeUndefined();
  expect(read("")).toBe(NOT_SERIALIZABLE);
});

test("the upstream is known once there is one", () => {
  expect(read("upstream", "address")).toBeUndefined();
  stream.info.upstream = { address: "127.0.0.1:9", port: 9, localAddress: undefined, failure: "refused" };
  expect(
    ["address", "port", "local_address", "transport_failure_reason"].map((f) => read("upstream", f)),
  ).toEqual(["127.0.0.1:9", 9, undefined, "refused"]);
});
