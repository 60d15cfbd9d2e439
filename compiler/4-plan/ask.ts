import type { Condition } from "../ir/program.ts";
import type { Span } from "../source/span.ts";

/** A rule and what its match means. */
export interface Ruled {
  readonly when: Condition;
  readonly outcome: number;
  readonly span: Span;
}

/** Notes what is to be decided, and returns its number. */
export type Ask = (name: string, rules: readonly Ruled[]) => number;
