// Questions about ordered lists of rules, answered without running them: which requests two lists decide differently, which
// rules ever get a turn. What is met has a witness, a whole request that was tried with the naive interpreter; what is said
// never to be met is proven, over all requests. Where neither can be had within bounds the answer says so, and why.
import type { Request } from "../ir/interpret.ts";
import type { Attribute, Condition } from "../ir/program.ts";

/** A rule of a list: the first whose condition holds decides. Where none does, the outcome is the empty text. */
export interface ListedRule {
  readonly when: Condition;
  readonly outcome: string;
}

/** How much is done for an answer. */
export interface QuestionOptions {
  /** Steps of the search, a few microseconds each. What is open when they are spent is undecided. Default: a million. */
  readonly steps?: number;
}

export type Answer =
  /** By this request, a shortest one. */
  | { readonly kind: "met"; readonly request: Request }
  /** By no request: proven. */
  | { readonly kind: "never" }
  | Undecided;

/** Neither met nor ruled out. */
export interface Undecided {
  readonly kind: "undecided";
  /** In words, to stand behind a colon or in a sentence of its own. */
  readonly reason: string;
}

/** Two lists side by side. */
export interface Differences {
  /** One for each pair of outcomes that some request meets, those with the shortest requests first. */
  readonly found: readonly Difference[];
  /** What may differ besides. Empty: no other pair of outcomes is met, which is proven. */
  readonly undecided: readonly UndecidedDifference[];
  /** All that the lists look at, of which the proof takes every value, CEL expressions aside. */
  readonly attributes: readonly Attribute[];
  /**
   * CEL expressions that are no plain predicates, as they are written. The proof takes them for questions whose answer may be
   * anything, but is the same wherever the same text stands.
   */
  readonly assumed: readonly string[];
}

export interface Difference {
  /** What the old list decides, and the new one. */
  readonly from: string;
  readonly to: string;
  readonly request: Request;
}

export interface UndecidedDifference extends Undecided {
  /** Absent: it may be any pair that was not found. */
  readonly from?: string;
  readonly to?: string;
}

export type Reach =
  /** By this request, a shortest of those for which no earlier rule holds. */
  | { readonly kind: "met"; readonly request: Request }
  /**
   * Proven. `by`: earlier rules, by number, that together take all its requests, as few as were found; empty where its condition
   * never holds.
   */
  | { readonly kind: "never"; readonly by: readonly number[] }
  | Undecided;

/** For each pair of different outcomes that some request meets, a shortest such request. */
export declare function differences(
  before: readonly ListedRule[],
  after: readonly ListedRule[],
  options?: QuestionOptions,
): Differences;

/** For each rule whether it is ever the first that holds. */
export declare function reachable(
  rules: readonly { readonly when: Condition }[],
  options?: QuestionOptions,
): readonly Reach[];

/** Whether a condition ever holds. */
export declare function satisfiable(condition: Condition, options?: QuestionOptions): Answer;

/** Whether a condition ever holds where none of the others does: `never` means that they cover it. */
export declare function uncovered(
  condition: Condition,
  others: readonly Condition[],
  options?: QuestionOptions,
): Answer;
