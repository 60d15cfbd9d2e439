// Two versions of a bundle: is any request decided differently?
import { countsAlone } from "../engines/index.ts";
import type { Checked, Target } from "../index.ts";
import { conditionsOf, leavesOf } from "../ir/conditions.ts";
import { canonical, type Data } from "./canonical.ts";
import type { Candidate, Change, Found, Sides } from "./change.ts";
import { compareVersions } from "./compare.ts";
import { Filters } from "./filters.ts";
import { shows } from "./outcomes.ts";
import { without } from "./without.ts";
import { outcomesBy, Trial } from "./trial.ts";

export type Verdict = "equal" | "differs" | "undecided";

/** What two versions of a bundle come to. */
export interface BundleDiff {
  readonly verdict: Verdict;
  readonly workloads: readonly WorkloadDiff[];
}

/** Two versions of one filter. */
export interface WorkloadDiff {
  /** As the bundles name it; absent where neither names workloads. */
  readonly workload?: string;
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

export interface DiffOptions {
  /** The only workload to be compared; default: all. */
  readonly workload?: string;
  /** Told what is being done, in words. */
  readonly progress?: (doing: string) => void;
}

/**
 * Compares two versions, both without errors. Where a version names no workloads, its filter is compared with that of each
 * workload of the other.
 *
 * @example
 * const { verdict } = await diff(check(await readBundleFiles(["old"])), check(await readBundleFiles(["new"])));
 */
export async function diff(old: Checked, now: Checked, options: DiffOptions = {}): Promise<BundleDiff> {
  const known = new Map<string, Omit<WorkloadDiff, "workload">>();
  const workloads: WorkloadDiff[] = [];
  for (const [name, targets] of matched(old, now)) {
    if (options.workload !== undefined && name !== options.workload) continue;
    options.progress?.(name === undefined ? "asking for differences" : `workload ${name}`);
    const { old: before, new: after } = targets;
    let found: Omit<WorkloadDiff, "workload">;
    if (before && after) {
      const key = `${old.targets.findIndex(({ plan }) => plan === before.plan)} ${now.targets.findIndex(({ plan }) => plan === after.plan)}`;
      found = known.get(key) ?? (await compareOne({ old: before, new: after }));
      known.set(key, found);
    } else {
      found = { ...empty, verdict: "differs", only: before ? "old" : "new" };
    }
    workloads.push({ ...(name !== undefined && { workload: name }), ...found });
  }
  const verdicts = workloads.map(({ verdict }) => verdict);
  const verdict = (["differs", "undecided"] as const).find((worst) => verdicts.includes(worst)) ?? "equal";
  return { verdict, workloads };
}

const empty: Omit<WorkloadDiff, "verdict"> = {
  changes: [],
  undecided: [],
  attributes: [],
  assumptions: [],
  notes: [],
};

/** The workloads of both, in the order of the new version. */
function matched(old: Checked, now: Checked): Map<string | undefined, Sides<Target | undefined>> {
  const names = new Set([...now.targets, ...old.targets].map(({ workload }) => workload));
  // A filter without a name is what every workload has.
  if (names.size > 1) names.delete(undefined);
  const of = ({ targets }: Checked, name: string | undefined): Target | undefined =>
    targets.find(({ workload }) => workload === name || workload === undefined);
  return new Map([...names].map((name) => [name, { old: of(old, name), new: of(now, name) }]));
}

async function compareOne(targets: Sides<Target>): Promise<Omit<WorkloadDiff, "workload">> {
  if (written(targets.old) === written(targets.new)) return { ...empty, verdict: "equal", attributes: [] };
  const filters = new Filters(targets);
  try {
    const found = compareVersions(targets);
    return await confirmed(found, targets, filters);
  } finally {
    await filters.close();
  }
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
  filters: Filters,
): Promise<Omit<WorkloadDiff, "workload">> {
  const changes: Change[] = [];
  const open = [...undecided];
  const engines = candidates.some(({ steps }) => steps) ? await filters.engines() : undefined;
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
