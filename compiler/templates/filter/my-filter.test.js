// The filter as Envoy would load it, without Envoy. `npm test` builds it first.
import { beforeEach, expect, test } from "@jest/globals";
import { loadFilter } from "proxy-wasm-node-host/jest";

const wasm = "build/my-filter.wasm";
let filter;

beforeEach(async () => {
  filter = await loadFilter(wasm, { configuration: { hide: ["/admin/", "/internal/"] } });
});

test("a hidden path is answered 404, and the upstream hears nothing of it", async () => {
  const exchange = await filter.request({ path: "/admin/users" });
  expect(exchange).toBeLocalResponse({ status: 404, details: "my-filter:hidden" });
  expect(filter.upstream.requests).toEqual([]);
  expect(filter).toHaveCounted("my-filter.hidden", 1);
});

test("every other path passes, and its response is marked", async () => {
  const exchange = await filter.request({ path: "/orders?from=/admin/" });
  expect(exchange).toReachUpstreamWith({ method: "GET", path: "/orders?from=/admin/" });
  expect(exchange).toHaveResponse({ status: 200, headers: { "x-my-filter": "seen" } });
});

test.each([
  ["{ hide: [] }", /not JSON: line 1, column 3/],
  [{}, /`hide` must be a list/],
  [{ hide: ["/admin/", "internal"] }, /hide\[1\] must be a path prefix/],
])("the configuration %j is refused, and the log says why", async (configuration, why) => {
  await expect(loadFilter(wasm, { configuration })).rejects.toThrow(why);
});
