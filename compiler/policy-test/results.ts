// What running tests came to.
import type { Coverage } from "./coverage.ts";
import type { CaseResult } from "./run.ts";
import type { ReadyTest } from "./subject.ts";

/** One PolicyTest and its cases. */
export interface TestResult extends ReadyTest {
  readonly cases: readonly CaseResult[];
}

export interface Results {
  readonly engine: string;
  readonly tests: readonly TestResult[];
  /** Running the cases, without what came before. */
  readonly milliseconds: number;
  /** Absent where nobody asked. */
  readonly coverage?: Coverage;
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function tally(results: readonly TestResult[]): Tally {
  const kinds = results.flatMap(({ cases }) => cases.map(({ kind }) => kind));
  const count = (kind: CaseResult["kind"]): number => kinds.filter((k) => k === kind).length;
  return { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
}
