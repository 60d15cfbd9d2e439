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

/** The clauses of a condition; none: it never holds. Throws TooManyClauses. */
export function clausesOf(condition: Condition): Literal[][] {
  return clauses(condition, false).map(merged);
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
  return parts.reduce<Literal[][]>(
    (product, part) => {
      const further = clauses(part, negated);
      if (product.length * further.length > MAX_CLAUSES) throw new TooManyClauses();
      return product.flatMap((literals) => further.map((more) => [...literals, ...more]));
    },
    [[]],
  );
}

function limited(found: Literal[][]): Literal[][] {
  if (found.length > MAX_CLAUSES) throw new TooManyClauses();
  return found;
}

/** What no value may satisfy is one literal for each subject; what is said twice is said once. */
function merged(literals: readonly Literal[]): Literal[] {
  const result = new Map<string, Literal>();
  for (const literal of literals) {
    const subject = subjectKey(literal.subject);
    if (!literal.negated) {
      result.set(`${subject} ${[...literal.predicates.keys()].sort().join(" ")}`, literal);
      continue;
    }
    const earlier = result.get(`not ${subject}`);
    const predicates = new Map([...(earlier?.predicates ?? []), ...literal.predicates]);
    result.set(`not ${subject}`, { ...literal, predicates });
  }
  return [...result.values()];
}

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
