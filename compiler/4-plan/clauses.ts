// A condition as clauses: alternatives, each a list of literals that must all hold. A rule matches where one of its clauses
// does.
import type { Attribute, CelCondition, Condition, Predicate } from "../ir/program.ts";

/** What a literal asks about: an attribute's values, or whether a CEL condition holds. */
export type Subject = Attribute | { readonly kind: "cel"; readonly condition: CelCondition };

/** What a literal asks of a value; `absent`, of an address alone: that the proxy does not say it. */
export type Asked = Predicate | { readonly kind: "absent" };

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

/** Patterns that are written once and have to be put together anew in many clauses. */
const MAX_COPIES = 4_000_000;

/** The clauses of a condition; none: it never holds. Throws TooManyClauses. */
export function clausesOf(condition: Condition): Literal[][] {
  const copies = { left: MAX_COPIES };
  return clauses(condition, false).map((literals) => merged(literals, copies));
}

function clauses(condition: Condition, negated: boolean): Literal[][] {
  switch (condition.op) {
    case "constant":
      return condition.value === negated ? [] : [[]];
    case "not":
      return clauses(condition.of, !negated);
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
      return [[{ subject: { kind: "cel", condition }, predicates: single({ kind: "present" }), negated }]];
    case "all":
    case "any":
      return (condition.op === "any") === negated
        ? conjunction(condition.of, negated)
        : disjunction(condition.of, negated);
  }
}

/** Of an address that it is not there: as a test of its own, it stands beside blocks in one literal. */
function isAbsence({ attribute, predicate }: Condition & { op: "test" }): boolean {
  return isAddress(attribute) && predicate.kind === "present";
}

/** Whether an attribute is an address rather than a text. */
export function isAddress(subject: Subject): boolean {
  return subject.kind === "peer" || subject.kind === "client" || subject.kind === "destination";
}

/** One of them must hold: values of one attribute become one literal. */
function disjunction(parts: readonly Condition[], negated: boolean): Literal[][] {
  const gathered = new Map<string, Map<string, Asked>>();
  const found: Literal[][] = [];
  for (const part of parts) {
    for (const clause of clauses(part, negated)) {
      const [literal, second] = clause;
      if (!literal || second || literal.negated || literal.subject.kind === "cel") {
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
function conjunction(parts: readonly Condition[], negated: boolean): Literal[][] {
  const single: Literal[] = [];
  const found = parts.map((part) => {
    const further = clauses(part, negated);
    if (further.length === 1) for (const literal of further[0] ?? []) single.push(literal);
    return further;
  });
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

/** Two subjects with the same key are the same. */
export function subjectKey(subject: Subject): string {
  if (subject.kind !== "cel") return JSON.stringify(subject);
  const { expression, onError } = subject.condition;
  return JSON.stringify(["cel", expression.text, onError]);
}

function predicateKey(predicate: Asked): string {
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
