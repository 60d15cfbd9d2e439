// Why a condition holds or not: of all that it asks, the part that tells.
import { evaluateCel } from "../cel/evaluate.ts";
import { holds, valuesOf, type Request } from "../ir/interpret.ts";
import type { Attribute, CelCondition, Condition, Test } from "../ir/program.ts";
import { hadWords, listed, quotedText, subjectWords, verbWords, wantedWords } from "./words.ts";

/** One part of a condition, and what the request made of it. */
export interface Finding {
  readonly part: Condition;
  /** Whether the part holds. */
  readonly holds: boolean;
  /** Whether the rule asks for it, or for its opposite. A rule fails where the two differ. */
  readonly wanted: boolean;
  /** What the request has and what is wanted, such as ``path is `/a`; wanted `/b` ``. */
  readonly words: string;
  /** Of so many alternatives, none of which holds, it is what the nearest lacks. */
  readonly alternatives?: number;
}

/**
 * Why a condition is what it is. Of one that does not hold: the first of the parts that must all hold which does not; of
 * alternatives the nearest, that of which most holds. Of one that holds: all of its parts, of alternatives the first.
 */
export function findingsOf(condition: Condition, request: Request, wanted = true): Finding[] {
  const found = holds(condition, request);
  const tests = testsOf(condition);
  if (tests)
    return [{ part: condition, holds: found, wanted, words: testWords(tests, found, wanted, request) }];
  switch (condition.op) {
    case "constant":
      return [{ part: condition, holds: found, wanted, words: constantWords(found, wanted) }];
    case "cel":
      return [{ part: condition, holds: found, wanted, words: celWords(condition, wanted, request) }];
    case "not":
      return findingsOf(condition.of, request, !wanted);
    case "all": {
      if (found) return condition.of.flatMap((part) => findingsOf(part, request, wanted));
      const first = condition.of.find((part) => !holds(part, request));
      return first ? findingsOf(first, request, wanted) : [];
    }
    case "any": {
      if (!found) return nearest(condition.of, request, wanted);
      const first = condition.of.find((part) => holds(part, request));
      return first ? findingsOf(first, request, wanted) : [];
    }
    case "test":
      return [];
  }
}

/** Of alternatives none of which holds, what the nearest lacks. */
function nearest(alternatives: readonly Condition[], request: Request, wanted: boolean): Finding[] {
  let best: { readonly of: Condition; readonly share: number } | undefined;
  for (const of of alternatives) {
    const share = shareThatHolds(of, request);
    if (!best || share > best.share) best = { of, share };
  }
  if (!best) return [];
  return findingsOf(best.of, request, wanted).map((finding) => ({
    ...finding,
    alternatives: alternatives.length,
  }));
}

/** How much of a condition holds, from 0 to 1. */
function shareThatHolds(condition: Condition, request: Request): number {
  if (testsOf(condition)) return holds(condition, request) ? 1 : 0;
  switch (condition.op) {
    case "all":
      return condition.of.reduce((sum, part) => sum + shareThatHolds(part, request), 0) / condition.of.length;
    case "any":
      return Math.max(...condition.of.map((part) => shareThatHolds(part, request)));
    case "constant":
    case "test":
    case "cel":
    case "not":
      return holds(condition, request) ? 1 : 0;
  }
}

/** The tests of a condition that asks one attribute for any of several things; undefined of any other condition. */
function testsOf(condition: Condition): readonly [Test, ...Test[]] | undefined {
  if (condition.op === "test") return [condition];
  if (condition.op !== "any") return undefined;
  const [first, ...others] = condition.of.filter((part) => !isUnknownAddress(part));
  if (first?.op !== "test") return undefined;
  const name = keyOf(first.attribute);
  const same = condition.of.every(
    (part) =>
      (part.op === "test" && keyOf(part.attribute) === name) ||
      (part.op === "not" &&
        part.of.op === "test" &&
        keyOf(part.of.attribute) === name &&
        isUnknownAddress(part)),
  );
  return same ? [first, ...others.filter((part) => part.op === "test")] : undefined;
}

/** Rules that refuse take an address that nobody knows for one that they mean. */
function isUnknownAddress(condition: Condition): boolean {
  return condition.op === "not" && condition.of.op === "test" && condition.of.predicate.kind === "present";
}

const keys = new WeakMap<Attribute, string>();

function keyOf(attribute: Attribute): string {
  let key = keys.get(attribute);
  if (key === undefined) {
    key = JSON.stringify(Object.entries(attribute).sort());
    keys.set(attribute, key);
  }
  return key;
}

function testWords(
  tests: readonly [Test, ...Test[]],
  found: boolean,
  wanted: boolean,
  request: Request,
): string {
  const [{ attribute }] = tests;
  const values = valuesOf(attribute, request);
  const start = `${subjectWords(attribute)} ${hadWords(attribute, values)}`;
  const asked = (of: readonly Test[]): string =>
    listed([...new Set(of.map((t) => wantedWords(t.predicate)))], "or");
  if (!found) return wanted ? `${start}; wanted ${asked(tests)}` : withoutMatch(start, values, asked(tests));
  // Where no test holds the address is unknown, and that is what counts.
  const [match] = tests.filter((test) => holds(test, request));
  if (!match) return wanted ? `${start}, which counts as a match` : `${start}; wanted a known one`;
  const present = match.predicate.kind === "present" || match.predicate.kind === "not-empty";
  if (!wanted) return present ? `${start}; wanted none` : `${start}; not wanted: ${asked([match])}`;
  const verb = verbWords(match.predicate);
  return verb === undefined ? start : `${start}, which ${verb}`;
}

function withoutMatch(start: string, values: readonly string[], asked: string): string {
  return values.length === 0 ? start : `${start}, not ${asked}`;
}

function constantWords(found: boolean, wanted: boolean): string {
  return found === wanted ? "it asks for nothing" : "no request can match it";
}

function celWords({ expression, onError }: CelCondition, wanted: boolean, request: Request): string {
  const outcome = evaluateCel(expression, request);
  const text = quotedText(expression.text.replace(/\s+/g, " ").trim());
  const is = outcome === "error" ? `errs, which counts as ${onError}` : `is ${outcome}`;
  const fails = (outcome === "error" ? onError : outcome) !== wanted;
  return `${text} ${is}${fails ? `; wanted ${wanted}` : ""}`;
}
