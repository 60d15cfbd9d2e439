// What filters written on our SDK cost, beside the same on others' SDKs and by hand.
import type { Options } from "../options.ts";
import type { Report } from "../report/report.ts";
import { contest } from "../workloads/contest.ts";
import { envoySuite } from "../workloads/envoy-suite.ts";
import { measureContestInHost } from "../workloads/host-table.ts";
import { headerRouting, noOp, rateLimit, type Workload } from "../workloads/index.ts";
import { followHostMemory } from "../workloads/host-memory.ts";
import { followEnvoyMemory } from "../workloads/envoy-memory.ts";
import { envoySection, type Section } from "./section.ts";

const workloads = [noOp, headerRouting, rateLimit];

export const sdkSections: readonly Section[] = [
  ...workloads.map((workload): Section => {
    return { name: `sdk: ${workload.name}, in the host`, needsEnvoy: false, measure: inHost(workload) };
  }),
  ...workloads.map((workload): Section => {
    return envoySection(`sdk: ${workload.name}, in Envoy`, async (options) =>
      envoySuite(await contest(workload, options)),
    );
  }),
  { name: "sdk: memory, in the host", needsEnvoy: false, measure: followHostMemory },
  { name: "sdk: memory, in Envoy", needsEnvoy: true, measure: followEnvoyMemory },
];

function inHost(workload: Workload) {
  return async (options: Options): Promise<Report> =>
    measureContestInHost(await contest(workload, options), options);
}
