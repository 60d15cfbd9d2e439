// A condition as clauses: alternatives, each a list of literals that must all hold. A rule matches where one of its clauses
// does.
import type { Condition } from "../ir/program.ts";
import { isAddress, isTruth, subjectKey, type Asked, type Nested, type Subject } from "./subject.ts";
import { wayOf } from "./ways.ts";

/** Holds where some value of the subject satisfies one of the predicates; negated, where none does. */
export interface Literal {
  readonly subject: Subject;
  /** By their texts, so that equal ones are one. Of a CEL condition there is one predicate, `present`. */
  readonly predicates: ReadonlyMap<string, Asked>;
  readonly negated: boolean;
}

/** The clauses would be more than these. */
export class TooManyClauses extends Error {}

/** A condition has this many clauses at most. */
export const MAX_CLAUSES = 20_000;

/** How far a rule's alternatives are told apart as clauses of its own. */
export interface ClauseLimits {
  /** Parts that must all hold are multiplied out up to so many clauses; beyond, the largest are decided by themselves. */
  readonly product: number;
  /** The same of what must not hold, where little is gained by multiplying. */
  readonly negatedProduct: number;
  /** Literals of one clause whose patterns need several scans: each doubles the clauses, or more. */
  readonly spread: number;
}

const LIMITS: ClauseLimits = { product: 256, negatedProduct: 64, spread: 3 };

/** Has a condition decided by itself. */
export type Nest = (condition: Condition) => Nested;

/** Patterns that are written once and have to be put together anew in many clauses. */
const MAX_COPIES = 4_000_000;

interface Making {
  readonly nest: Nest;
  readonly limits: ClauseLimits;
}

/** The clauses of a condition; none: it never holds. Throws TooManyClauses. */
export function clausesOf(condition: Condition, nest: Nest, limits = LIMITS): Literal[][] {
  const making = { nest, limits };
  const copies = { left: MAX_COPIES };
  const nested = new Map<Literal["predicates"], Literal>();
  return clauses(condition, false, making)
    .map((literals) => merged(literals, copies))
    .map((literals) => narrowed(literals, nested, making));
}

/** Of the literals whose patterns need several scans, those beyond a few are decided by themselves. */
function narrowed(
  literals: Literal[],
  nested: Map<Literal["predicates"], Literal>,
  { nest, limits }: Making,
): Literal[] {
  let spread = 0;
  return literals.map((literal) => {
    if (literal.negated || !isSpread(literal) || ++spread <= limits.spread) return literal;
    let whole = nested.get(literal.predicates);
    if (!whole) {
      const { subject, predicates } = literal;
      if (isTruth(subject)) return literal;
      const tests = [...predicates.values()].map((predicate): Condition => {
        if (predicate.kind === "absent") throw new Error("only addresses are absent, and they need one scan");
        return { op: "test", attribute: subject, predicate };
      });
      whole = holding(nest({ op: "any", of: tests }), false);
      nested.set(predicates, whole);
    }
    return whole;
  });
}

function isSpread({ subject, predicates }: Literal): boolean {
  return new Set([...predicates.values()].map((predicate) => wayOf(subject, predicate))).size > 1;
}

function holding(subject: Subject, negated: boolean): Literal {
  return { subject, predicates: single({ kind: "present" }), negated };
}

function clauses(condition: Condition, negated: boolean, making: Making): Literal[][] {
  switch (condition.op) {
    case "constant":
      return condition.value === negated ? [] : [[]];
    case "not":
      return clauses(condition.of, !negated, making);
    case "test": {
      const absence = negated && isAbsence(condition);
      return [
        [
          {
            subject: condition.attribute,
            predicates: single(absence ? { kind: "absent" } : condition.predicate),
            negated: negated && !absence,
          },
        ],
      ];
    }
    case "cel":
      return [[holding({ kind: "cel", condition }, negated)]];
    case "all":
    case "any":
      return (condition.op === "any") === negated
        ? conjunction(condition.of, negated, making)
        : disjunction(condition.of, negated, making);
  }
}

/** Of an address that it is not there: as a test of its own, it stands beside blocks in one literal. */
function isAbsence({ attribute, predicate }: Condition & { op: "test" }): boolean {
  return isAddress(attribute) && predicate.kind === "present";
}

/** One of them must hold: values of one attribute become one literal. */
function disjunction(parts: readonly Condition[], negated: boolean, making: Making): Literal[][] {
  const gathered = new Map<string, Map<string, Asked>>();
  const found: Literal[][] = [];
  for (const part of parts) {
    for (const clause of clauses(part, negated, making)) {
      const [literal, second] = clause;
      if (!literal || second || literal.negated || isTruth(literal.subject)) {
        found.push(clause);
        continue;
      }
      const key = subjectKey(literal.subject);
      let predicates = gathered.get(key);
      if (!predicates) {
        gathered.set(key, (predicates = new Map<string, Asked>()));
        found.push([{ subject: literal.subject, predicates, negated: false }]);
      }
      for (const [name, predicate] of literal.predicates) predicates.set(name, predicate);
    }
  }
  return limited(found);
}

/** All of them must hold: the clauses of each with those of each other. */
function conjunction(parts: readonly Condition[], negated: boolean, making: Making): Literal[][] {
  const found = apart(
    parts.map((part) => ({ part, clauses: clauses(part, negated, making) })),
    negated,
    making,
  );
  const single = found.flatMap((further) => (further.length === 1 ? (further[0] ?? []) : []));
  // What all clauses of the product have in common is put together once, however long its lists are.
  const common = new Map(merged(single).map((literal) => [literalKey(literal), literal]));
  return found.reduce<Literal[][]>(
    (product, further) => {
      if (product.length * further.length > MAX_CLAUSES) throw new TooManyClauses();
      if (further.length !== 1)
        return product.flatMap((literals) => further.map((more) => [...literals, ...more]));
      for (const literal of further[0] ?? []) {
        const key = literalKey(literal);
        const whole = common.get(key);
        if (whole) for (const literals of product) literals.push(whole);
        common.delete(key);
      }
      return product;
    },
    [[]],
  );
}

/** The clauses of each part; where multiplied they would be too many, some parts are decided by themselves. */
function apart(
  parts: readonly { readonly part: Condition; readonly clauses: Literal[][] }[],
  negated: boolean,
  { nest, limits }: Making,
): Literal[][][] {
  const all = parts.map((part) => part.clauses);
  let product = all.reduce((size, found) => size * found.length, 1);
  if (product <= (negated ? limits.negatedProduct : limits.product)) return all;
  if (negated) {
    // What none of may hold is one decision, and each of them a clause of it.
    const several = parts.filter((part) => part.clauses.length > 1).map(({ part }) => part);
    const rest = all.filter((found) => found.length === 1);
    return [...rest, [[holding(nest({ op: "any", of: several }), true)]]];
  }
  const largest = [...parts.keys()].sort((a, b) => (all[b]?.length ?? 0) - (all[a]?.length ?? 0));
  for (const index of largest) {
    const found = parts[index];
    if (!found || product <= limits.product) break;
    product /= found.clauses.length;
    all[index] = [[holding(nest(found.part), false)]];
  }
  return all;
}

function limited(found: Literal[][]): Literal[][] {
  if (found.length > MAX_CLAUSES) throw new TooManyClauses();
  return found;
}

/** What no value may satisfy is one literal for each subject; what is said twice is said once. */
function merged(literals: readonly Literal[], copies = { left: MAX_COPIES }): Literal[] {
  const result = new Map<string, Literal>();
  // Maps that were made here, and may grow here.
  const own = new Map<string, Map<string, Asked>>();
  for (const literal of literals) {
    const key = literalKey(literal);
    const earlier = result.get(key);
    if (!earlier) {
      result.set(key, literal);
      continue;
    }
    if (!literal.negated || earlier.predicates === literal.predicates) continue;
    let predicates = own.get(key);
    copies.left -= literal.predicates.size + (predicates ? 0 : earlier.predicates.size);
    if (copies.left < 0) throw new TooManyClauses();
    if (!predicates) {
      own.set(key, (predicates = new Map(earlier.predicates)));
      result.set(key, { ...literal, predicates });
    }
    for (const [name, predicate] of literal.predicates) predicates.set(name, predicate);
  }
  return [...result.values()];
}

/** Of two literals of one clause with the same key there is to be one. */
function literalKey({ subject, predicates, negated }: Literal): string {
  if (negated) return `not ${subjectKey(subject)}`;
  let texts = sortedKeys.get(predicates);
  if (texts === undefined) sortedKeys.set(predicates, (texts = [...predicates.keys()].sort().join(" ")));
  return `${subjectKey(subject)} ${texts}`;
}

/** Lists may be long, and stand in many clauses. */
const sortedKeys = new WeakMap<Literal["predicates"], string>();

function single(predicate: Asked): ReadonlyMap<string, Asked> {
  return new Map([[predicateKey(predicate), predicate]]);
}

export function predicateKey(predicate: Asked): string {
  switch (predicate.kind) {
    case "exact":
    case "prefix":
    case "suffix":
      return JSON.stringify([predicate.kind, predicate.text]);
    case "regex":
      return JSON.stringify(["regex", predicate.regex]);
    case "in-block":
      return `block ${predicate.block.family} ${predicate.block.network}/${predicate.block.bits}`;
    case "present":
    case "not-empty":
    case "absent":
      return predicate.kind;
  }
}
