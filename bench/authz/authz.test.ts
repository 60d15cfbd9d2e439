// What is compared decides alike, and is what it is said to be: the filters that are ours and those by hand. Envoy's own
// and others' SDKs are looked at by the benchmark itself.
import { afterAll, expect, test } from "@jest/globals";
import type { Vm, StreamProperties } from "../../host/index.ts";
import { cleanUp } from "../cleanup.ts";
import type { Check } from "../envoy/suite.ts";
import type { LoadRequest } from "../load/load.ts";
import { bareModule, compiledModule } from "../measured-modules.ts";
import { requestHeaders, startVm } from "../workloads/in-host.ts";
import { checksOf, properties, requestOf } from "./mixed.ts";
import { mixedPolicy, prefixPolicy, w2Policy } from "./policies.ts";
import { hit, prefix, prefixes, W2_PREFIXES } from "./prefixes.ts";
import { trieSource } from "./trie.ts";
import { decides, request as w2Request } from "./w2.ts";

afterAll(cleanUp);

/** The status of the answer; 200 where the request is let through. */
function statusOf(vm: Vm, request: LoadRequest, check: Partial<Check>, told?: StreamProperties): number {
  const headers = requestHeaders({ ...request, path: check.path ?? request.path });
  headers.set(":method", check.method ?? "GET");
  for (const [name, value] of Object.entries(check.headers ?? {})) {
    if (value === null) headers.remove(name);
    else headers.set(name === "host" ? ":authority" : name, value);
  }
  const stream = vm.openStream(told);
  const result = stream.requestHeaders(headers, true);
  stream.close();
  if (result.kind === "local-response") return result.response.status;
  expect(result.kind).toBe("continue");
  return 200;
}

function seen(vm: Vm, request: LoadRequest, checks: readonly Check[], told?: StreamProperties): Check[] {
  return checks.map((check) => ({ ...check, status: statusOf(vm, request, check, told) }));
}

test("W2: ours", async () => {
  const { wasm } = await compiledModule("w2", w2Policy);
  expect(seen(startVm(wasm), w2Request, decides)).toEqual(decides);
});

test("W2: by hand", async () => {
  const written = { "prefixes.ts": trieSource(prefixes(W2_PREFIXES)) };
  const { wasm } = await bareModule("w2-batched", written);
  expect(seen(startVm(wasm), w2Request, decides)).toEqual(decides);
});

test("the trie by hand knows prefixes in prefixes, of all lengths", async () => {
  const given = ["/a", "/ab/", "/b/long/one", "/b/long/two", "/b/lo", "/c/", "/d/\x7f"];
  const { wasm } = await bareModule("w2-batched", { "prefixes.ts": trieSource(given) });
  const vm = startVm(wasm);
  const texts = [...given, "", "/", "/x", "/b/l", "/b/long/three", "/c", "/d/", "/d/\x7f/x", "/e"];
  const paths = texts.flatMap((text) => [text, text.slice(0, -1), `${text}x`]);
  const passing = paths.filter((path) => statusOf(vm, w2Request, { path }) === 200);
  expect(passing).toEqual(paths.filter((path) => given.some((one) => path.startsWith(one))));
});

test("rules of prefixes, and of all things together", async () => {
  const count = 100;
  const ofPrefixes = startVm((await compiledModule("prefixes", () => prefixPolicy(count))).wasm);
  const path = (i: number): string => `${prefix(i, count)}items`;
  const passes = (i: number): boolean => statusOf(ofPrefixes, w2Request, { path: path(i) }) === 200;
  expect([0, hit(count), count - 1, count].map(passes)).toEqual([true, true, true, false]);

  const mixed = startVm((await compiledModule("mixed", () => mixedPolicy(count))).wasm);
  const checks = checksOf(count, requestOf(count));
  expect(seen(mixed, requestOf(count), checks, properties)).toEqual(checks);
});
