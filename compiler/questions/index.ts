// Questions about ordered lists of rules, answered without running them: which requests two lists decide differently, which
// rules ever get a turn. What is met has a witness, a whole request that was tried with the naive interpreter; what is said
// never to be met is proven, over all requests that have a method and a host: others Envoy answers itself. Where neither can
// be had within bounds the answer says so, and why.
import type { Request } from "../ir/interpret.ts";
import { isTruth } from "../4-plan/subject.ts";
import type { Attribute, Condition } from "../ir/program.ts";
import { Budget } from "./budget.ts";
import { compare } from "./compare.ts";
import { FirstMatch } from "./first-match.ts";
import { reach } from "./reach.ts";
import { search } from "./search.ts";
import { expressionsIn, spaceOf, TooLarge } from "./space.ts";

const STEPS = 1_000_000;

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
  /** By this request: a shortest one, unless it took long to find any. */
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
  /**
   * One for each pair of outcomes that some request meets, those with the shortest requests first. What took long to find is
   * short, but need not be a shortest.
   */
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

export interface UndecidedDifference extends Omit<Undecided, "kind"> {
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
export function differences(
  before: readonly ListedRule[],
  after: readonly ListedRule[],
  { steps = STEPS }: QuestionOptions = {},
): Differences {
  const rules = [...before, ...after].map(({ when }) => when);
  const assumed = expressionsIn(rules);
  try {
    const { found, undecided, space } = compare(before, after, new Budget(steps));
    const attributes = space.dimensions.flatMap(({ subject }) => (isTruth(subject) ? [] : [subject]));
    return { found, undecided, attributes, assumed };
  } catch (error) {
    return { found: [], undecided: [tooLarge(error)], attributes: [], assumed };
  }
}

/** For each rule whether it is ever the first that holds. */
export function reachable(
  rules: readonly { readonly when: Condition }[],
  { steps = STEPS }: QuestionOptions = {},
): readonly Reach[] {
  try {
    const space = spaceOf(rules.map(({ when }) => when));
    return reach(space, [...rules.keys()], steps, "witness");
  } catch (error) {
    const undecided = tooLarge(error);
    return rules.map(() => undecided);
  }
}

/**
 * Conditions in several orders: asks of a list of their numbers which of its rules never are the first that holds, and which of
 * the others take their requests, as `Reach` has it. What is undecided is left out.
 */
export function unreachableIn(
  conditions: readonly Condition[],
  { steps = STEPS }: QuestionOptions = {},
): (order: readonly number[]) => ReadonlyMap<number, readonly number[]> {
  try {
    const space = spaceOf(conditions);
    return (order) => {
      const found = reach(space, order, steps, "proof");
      return new Map(
        order.flatMap((number, at) => {
          const answer = found[at];
          return answer?.kind === "never" ? [[number, answer.by] as const] : [];
        }),
      );
    };
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    return () => new Map();
  }
}

/** Whether a condition ever holds. */
export function satisfiable(condition: Condition, options?: QuestionOptions): Answer {
  return uncovered(condition, [], options);
}

/** Whether a condition ever holds where none of the others does: `never` means that they cover it. */
export function uncovered(
  condition: Condition,
  others: readonly Condition[],
  { steps = STEPS }: QuestionOptions = {},
): Answer {
  try {
    const space = spaceOf([condition, ...others]);
    const [formula = space.formulas.constant(false), ...formulas] = space.conditions;
    const match = new FirstMatch(formulas, space);
    const found = search(
      space,
      formula,
      { formulas, match, below: formulas.length },
      new Budget(steps),
      "witness",
    );
    return found.kind === "never" ? { kind: "never" } : found;
  } catch (error) {
    return tooLarge(error);
  }
}

function tooLarge(error: unknown): Undecided {
  if (error instanceof TooLarge) return { kind: "undecided", reason: error.message };
  throw error;
}
