// Two versions of a bundle: is any request decided differently?
import type { Checked, Target } from "../index.ts";
import type { Sides } from "./change.ts";
import { Compilers } from "./compilers.ts";
import { compareTargets, nothingCompared, type Answer, type Verdict } from "./workload.ts";

/** What two versions of a bundle come to. */
export interface BundleDiff {
  readonly verdict: Verdict;
  readonly workloads: readonly WorkloadDiff[];
}

/** Two versions of one filter. */
export interface WorkloadDiff extends Answer {
  /** As the bundles name it; absent where neither names workloads. */
  readonly workload?: string;
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
  const { workload: only, progress } = options;
  const known = new Map<string, Answer>();
  const compilers = new Compilers();
  const answer = async ({ old: before, new: after }: Sides<Target | undefined>): Promise<Answer> => {
    if (!before || !after) return { ...nothingCompared, verdict: "differs", only: before ? "old" : "new" };
    // Workloads with the same policies share a plan.
    const numbers = [
      old.targets.findIndex(({ plan }) => plan === before.plan),
      now.targets.findIndex(({ plan }) => plan === after.plan),
    ];
    const found = known.get(numbers.join()) ?? (await compareTargets({ old: before, new: after }, compilers));
    known.set(numbers.join(), found);
    return found;
  };
  const workloads: WorkloadDiff[] = [];
  try {
    for (const [workload, targets] of matched(old, now)) {
      if (only !== undefined && workload !== only) continue;
      if (workload !== undefined) progress?.(`workload ${workload}`);
      workloads.push({ ...(workload !== undefined && { workload }), ...(await answer(targets)) });
    }
  } finally {
    await compilers.close();
  }
  const verdicts = workloads.map(({ verdict }) => verdict);
  const verdict = (["differs", "undecided"] as const).find((worst) => verdicts.includes(worst)) ?? "equal";
  return { verdict, workloads };
}

/** The workloads of both, in the order of the new version. */
function matched(old: Checked, now: Checked): Map<string | undefined, Sides<Target | undefined>> {
  const names = new Set([...now.targets, ...old.targets].map(({ workload }) => workload));
  // A filter without a name is what every workload has.
  if (names.size > 1) names.delete(undefined);
  const of = ({ targets }: Checked, name: string | undefined): Target | undefined =>
    targets.find(({ workload }) => workload === name || workload === undefined);
  return new Map([...names].map((name) => [name, { old: of(old, name), new: of(now, name) }]));
}
