// Policies that only count: AUDIT, and dry runs. What they count is in the proxy's metrics; who may pass they leave alone.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Assembler } from "../compiler/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { FilterModule, HeaderMap, Vm } from "../host/index.ts";
import { envoyEngines } from "./engines/envoy.ts";
import { compileDocuments, type CompiledPolicies } from "./support/compile.ts";
import { startEchoUpstream } from "./support/echo-upstream.ts";
import { send } from "./support/http-client.ts";

const policy = (name: string, spec: object, dryRun = false): object => ({
  apiVersion: "security.istio.io/v1",
  kind: "AuthorizationPolicy",
  metadata: { name, namespace: "n", ...(dryRun && { annotations: { "istio.io/dry-run": "true" } }) },
  spec,
});
const paths = (...list: string[]): object[] => [{ to: [{ operation: { paths: list } }] }];

const documents = [
  policy("audited", { action: "AUDIT", rules: [...paths("/a*"), ...paths("/ab")] }),
  policy("would-deny", { action: "DENY", rules: paths("/a") }, true),
  policy("would-allow", { action: "ALLOW", rules: paths("/b") }, true),
  policy("denied", { action: "DENY", rules: paths("/ab") }),
];
/** Path, and the status it gets. */
const requests = [
  ["/a", 200],
  ["/ab", 403],
  ["/b", 200],
  ["/b", 200],
  ["/c", 200],
] as const;
const wanted = {
  "tollgate.authorization.n/audited.audit.matched": 2,
  "tollgate.authorization.n/audited.audit.unmatched": 3,
  "tollgate.authorization.n/would-deny.dry_run.matched": 1,
  "tollgate.authorization.n/would-deny.dry_run.unmatched": 4,
  "tollgate.authorization.n/would-allow.dry_run.matched": 2,
  "tollgate.authorization.n/would-allow.dry_run.unmatched": 3,
};

let compiled: CompiledPolicies;

beforeAll(async () => {
  const assembler = new Assembler();
  compiled = await compileDocuments(documents, assembler);
  await assembler.close();
});

test("in the host: a request pays no call for it, the timer hands over", () => {
  const vm = Vm.start(FilterModule.compile(compiled.filter.wasm));
  vm.resetHostCalls();
  for (const [path, status] of requests) {
    const stream = vm.openStream();
    const result = stream.requestHeaders(
      new HeaderMap([
        [":method", "GET"],
        [":path", path],
        [":authority", "a.test"],
      ]),
      true,
    );
    expect([path, result.kind]).toEqual([path, status === 200 ? "continue" : "local-response"]);
    stream.close();
  }
  expect(Object.fromEntries(vm.hostCalls)).toEqual({
    proxy_get_header_map_pairs: requests.length,
    proxy_send_local_response: 1,
  });
  const counted = (): Record<string, number> =>
    Object.fromEntries([...vm.metrics].map(([name, { value }]) => [name, Number(value)]));
  expect(new Set(Object.values(counted()))).toEqual(new Set([0]));
  vm.tick();
  expect(counted()).toEqual(wanted);
  vm.tick();
  expect(counted()).toEqual(wanted);
  vm.close();
});

describe("in a real Envoy", () => {
  let close: (() => Promise<void>) | undefined;
  afterAll(() => close?.());

  test("its statistics say the same", async () => {
    const path = await envoyForTests();
    if (path === undefined) return;
    const upstream = await startEchoUpstream();
    const envoy = await envoyEngines(path, new Map([["observers", compiled.filter]]), upstream.url);
    close = async () => {
      await envoy.close();
      await upstream.close();
    };
    for (const [target, status] of requests) {
      const answer = await send(envoy.port("observers"), {
        method: "GET",
        path: target,
        headers: [["host", "a.test"]],
      });
      expect([target, answer.status]).toEqual([target, status]);
    }
    let stats: Record<string, number> = {};
    for (const end = Date.now() + 20_000; Date.now() < end;) {
      const all = await envoy.stats("wasmcustom");
      stats = Object.fromEntries(
        Object.entries(all).map(([name, value]) => [name.replace(/^wasmcustom\./, ""), value]),
      );
      if (Object.values(stats).reduce((a, b) => a + b, 0) >= 3 * requests.length) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(stats).toEqual(wanted);
  });
});
