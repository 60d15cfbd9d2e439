// What is compared counts alike, in the Node host: the filters that are ours and those by hand. Envoy's own and others' SDKs are
// looked at by the benchmark itself.
import { afterAll, describe, expect, test } from "@jest/globals";
import type { Vm } from "../../host/index.ts";
import { request as w2Request } from "../authz/w2.ts";
import { cleanUp } from "../cleanup.ts";
import type { LoadRequest } from "../load/load.ts";
import { bareModule, compiledModule, type MeasuredModule } from "../measured-modules.ts";
import { renderReport } from "../report/report.ts";
import { exchange, requestHeaders, startVm } from "../workloads/in-host.ts";
import { followFlood } from "./flood.ts";
import { limitPolicy, w5Policies } from "./policies.ts";
import { generous, rateSource, stingy, unleased, type Rate } from "./rate.ts";
import { request } from "./sides.ts";

afterAll(cleanUp);

/** The filter for a rate. */
type Make = (rate: Rate) => Promise<MeasuredModule>;

const policy =
  (name: string, documents: (rate: Rate) => string): Make =>
  (rate) =>
    compiledModule(`${name}-${rate.limit}-${rate.burst}`, () => documents(rate));

const filters: readonly (readonly [string, Make, LoadRequest])[] = [
  ["by hand", (rate) => bareModule("w3-batched", { "rate.ts": rateSource(rate) }), request],
  ["ours, worker", policy("worker", (rate) => limitPolicy({ scope: "worker", rate })), request],
  ["ours, proxy", policy("proxy", (rate) => limitPolicy({ scope: "proxy", rate })), request],
  ["W5, ours", policy("w5", (rate) => w5Policies({ scope: "proxy", rate })), w2Request],
];

/** Which of so many requests of a user pass. */
function passing(vm: Vm, of: LoadRequest, user: string, count: number): boolean[] {
  return Array.from({ length: count }, () => {
    const { result } = exchange(vm, requestHeaders({ ...of, headers: { "x-user": user } }));
    if (result.kind === "local-response") expect(result.response.status).toBe(429);
    return result.kind === "continue";
  });
}

describe.each(filters)("%s", (_, make, request) => {
  test("a small limit counts each user's requests, and refills", async () => {
    let time = 1_700_000_000_000_000_000n;
    const vm = startVm((await make(stingy)).wasm, { clock: () => time });
    expect(passing(vm, request, "ann", 3)).toEqual([true, true, false]);
    expect(passing(vm, request, "bob", 3)).toEqual([true, true, false]);
    time += 30n * 60n * 1_000_000_000n;
    expect(passing(vm, request, "ann", 2)).toEqual([true, false]);
  });

  test("nobody reaches a large one", async () => {
    const vm = startVm((await make(generous)).wasm);
    expect(passing(vm, request, "ann", 5_000)).not.toContain(false);
  });
});

test("a limit that is not leased is asked of shared data for each request, one that is leased of hardly any", async () => {
  const calls = async (rate: Rate): Promise<number> => {
    let time = 1_700_000_000_000_000_000n;
    const documents = (): string => limitPolicy({ scope: "proxy", rate });
    const { wasm } = await compiledModule(`proxy-calls-${rate.burst}`, documents);
    const vm = startVm(wasm, { clock: () => (time += 10_000n) });
    passing(vm, request, "ann", 1_000);
    vm.resetHostCalls();
    expect(passing(vm, request, "ann", 1_000)).not.toContain(false);
    return vm.hostCalls.get("proxy_set_shared_data") ?? 0;
  };
  expect(await calls(unleased)).toBeGreaterThanOrEqual(1_000);
  expect(await calls(generous)).toBeLessThan(10);
});

test("a short flood: memory is looked at, and nothing is judged", async () => {
  const report = await followFlood({
    parts: ["limits"],
    rounds: undefined,
    requests: undefined,
    memoryRequests: 1_000,
    load: undefined,
    install: false,
    only: undefined,
    docs: false,
  });
  expect(report.rows.map(({ cells }) => cells[0])).toEqual([
    "ours, worker",
    "ours, proxy",
    "ours, proxy, leased",
  ]);
  expect(renderReport(report)).toContain("run too short");
});
