// One filter in two versions: what differs, what the compiled filters say of it, and what the answer rests on.
import { countsAlone } from "../engines/index.ts";
import type { Target } from "../index.ts";
import { conditionsOf, leavesOf } from "../ir/conditions.ts";
import { canonical, type Data } from "./canonical.ts";
import type { Candidate, Change, Found, Sides } from "./change.ts";
import { compareVersions } from "./compare.ts";
import type { Compilers } from "./compilers.ts";
import { shows } from "./outcomes.ts";
import { outcomesBy, Trial } from "./trial.ts";
import { without } from "./without.ts";

export type Verdict = "equal" | "differs" | "undecided";

/** What two versions of one filter come to. */
export interface Answer {
  readonly verdict: Verdict;
  /** Where only one version has this workload, which; nothing is compared then. */
  readonly only?: "old" | "new";
  readonly changes: readonly Change[];
  /** What may differ besides, in words: of `undecided` why. */
  readonly undecided: readonly string[];
  /** Attributes of which every value was considered, in words. */
  readonly attributes: readonly string[];
  /** What the answer takes for granted, in words. */
  readonly assumptions: readonly string[];
  /** What is no change of any decision, and yet worth knowing. */
  readonly notes: readonly string[];
}

export const nothingCompared: Omit<Answer, "verdict"> = {
  changes: [],
  undecided: [],
  attributes: [],
  assumptions: [],
  notes: [],
};

/** Two versions of one filter, and what both compiled filters say of what differs. */
export async function compareTargets(targets: Sides<Target>, compilers: Compilers): Promise<Answer> {
  if (written(targets.old) === written(targets.new)) return { ...nothingCompared, verdict: "equal" };
  return confirmed(compareVersions(targets), targets, compilers);
}

/** A version as it is written, but for what nobody's request depends on. */
function written({ program, pathNormalization }: Target): string {
  return canonical({ stages: plain(without(program, "bundle", "policies")), pathNormalization });
}

/** Without where things stand. */
function plain(value: unknown): Data {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value as Data;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (name === "origin" ? [] : [[name, plain(member)]])),
  );
}

async function confirmed(
  { candidates, undecided, attributes, opaque, notes }: Found,
  targets: Sides<Target>,
  compilers: Compilers,
): Promise<Answer> {
  const changes: Change[] = [];
  const open = [...undecided];
  const engines = candidates.some(({ steps }) => steps) ? await compilers.engines(targets) : undefined;
  const programs = { old: targets.old.program, new: targets.new.program };
  const trial = new Trial(programs);
  for (const { steps, ...change } of candidates) {
    if (!steps) {
      changes.push(change);
      continue;
    }
    const outcomes = engines ? outcomesBy(engines, steps, programs) : trial.outcomes(steps);
    if (outcomes && shows(change.kind, outcomes))
      changes.push({
        ...change,
        witness: { steps, outcomes, confirmedBy: engines ? "filters" : "interpreter" },
      });
    else open.push(disagreement(change));
  }
  engines?.old.close();
  engines?.new.close();
  const verdict = changes.length > 0 ? "differs" : open.length > 0 ? "undecided" : "equal";
  return {
    verdict,
    changes,
    undecided: open,
    attributes,
    assumptions: assumptionsOf(opaque, programs),
    notes,
  };
}

function disagreement({ kind }: Pick<Candidate, "kind">): string {
  return `${kind}: the compiled filters do not decide as the reference interpreter does; please report it with the policies`;
}

function assumptionsOf(opaque: readonly string[], programs: Sides<Target["program"]>): string[] {
  const both = [programs.old, programs.new];
  const parameters = [
    ...new Set(both.flatMap((program) => (program.parameters ?? []).map(({ name }) => name))),
  ];
  return [
    ...opaque.map(
      (text) => `nothing is known of \`${text}\` but that it comes to the same wherever it is written`,
    ),
    ...(both.every(({ authentication }) => authentication?.rules.some(({ keys }) => keys.kind === "remote"))
      ? ["remote key sets hold the same keys for both"]
      : []),
    ...(parameters.length > 0
      ? [`parameters have their defaults, or the same values in both: ${parameters.join(", ")}`]
      : []),
    ...(both.some(countsAlone) ? ["limits that a mesh shares were tried as those of one proxy"] : []),
    ...(both.some(({ authorization }) => authorization.observers.length > 0)
      ? ["policies that only count, AUDIT and dry runs, are not compared"]
      : []),
    ...(both.some((program) => conditionsOf(program).some((when) => [...leavesOf(when)].length > 0))
      ? [
          "a request has a method, a path and a host",
          "it has at most 256 values of the headers that policies look at: one with more is refused",
        ]
      : []),
  ];
}
