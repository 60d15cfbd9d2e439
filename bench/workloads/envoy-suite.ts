// A contest in Envoy.
import type { Suite } from "../envoy/suite.ts";
import type { Contest } from "./contest.ts";
import { rootId } from "./in-host.ts";

const baseline = "none";

export function envoySuite({ workload, entrants, missing }: Contest): Suite {
  const { name, about, request, echoes, checks, untouched, contestants } = workload;
  const inGoals = new Set(contestants.flatMap(({ goals = [] }) => goals.map(({ of }) => of)));
  const yardsticks = contestants.filter((one) => one.peer === "bare" || inGoals.has(one.name));
  return {
    title: `sdk: ${name}, in Envoy`,
    request,
    echoes,
    baseline,
    times: yardsticks.map((one) => one.name),
    variants: [
      { name: baseline, about: "no filter but the router", filters: () => [], checks: untouched },
      ...entrants.map(({ contestant, module }) => ({
        name: contestant.name,
        about: contestant.about,
        wasmPaths: [module.path],
        rootId,
        filters: ({ wasm }: { wasm: readonly object[] }) => wasm,
        checks,
        ...(contestant.goals !== undefined && { goals: contestant.goals }),
      })),
    ],
    missing,
    notes: [`${name}: ${about}.`, `Compilers: ${compilers(entrants)}.`],
  };
}

function compilers(entrants: Contest["entrants"]): string {
  return [...new Map(entrants.map(({ contestant, module }) => [contestant.peer, module.compiler]))]
    .map(([peer, compiler]) => `\`${peer}\`: ${compiler}`)
    .join("; ");
}
