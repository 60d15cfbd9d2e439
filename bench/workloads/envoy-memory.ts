// Envoy's memory under filters that allocate.
import { followMemory, type Scenario } from "../envoy/memory.ts";
import type { Environment } from "../environment.ts";
import type { Options } from "../options.ts";
import type { Report } from "../report/report.ts";
import { peersOf } from "./contest.ts";
import { memoryPrograms, memoryRequest } from "./memory-programs.ts";

export async function followEnvoyMemory(options: Options, environment: Environment): Promise<Report> {
  const common = { request: memoryRequest, flood: false };
  const scenarios: Scenario[] = [
    {
      ...common,
      name: "none",
      variant: { name: "none", filters: () => [], checks: [] },
      bounded: false,
    },
  ];
  for (const { program, name } of memoryPrograms) {
    const module = await peersOf(options).module("sdk", program);
    scenarios.push({
      ...common,
      name,
      variant: {
        name,
        wasmPaths: [module.path],
        filters: ({ wasm }) => wasm,
        checks: [],
      },
      bounded: true,
    });
  }
  return followMemory("sdk: resident memory of Envoy, MiB", scenarios, [], options, environment);
}
