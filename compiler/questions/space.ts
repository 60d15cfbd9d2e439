// What conditions look at: for each attribute its atoms, and each condition as a formula over them. Conditions that are compared
// share a space.
import { predicateKey } from "../4-plan/clauses.ts";
import { buildColumns, type Columns } from "../4-plan/columns.ts";
import { PlanFault } from "../4-plan/fault.ts";
import { TooManyClasses } from "../4-plan/classes/class-table.ts";
import { subjectKey, type Asked, type Subject } from "../4-plan/subject.ts";
import { leavesOf } from "../ir/conditions.ts";
import type { Attribute, Condition } from "../ir/program.ts";
import { setOf } from "./atom-set.ts";
import { atomsOfColumns, type Atoms } from "./atoms.ts";
import { Formulas, type Formula, type Model } from "./formula.ts";

/** What is looked at, with all that it may be. */
export interface Dimension {
  readonly subject: Subject;
  readonly atoms: Atoms;
}

export interface Space {
  readonly dimensions: readonly Dimension[];
  readonly formulas: Formulas;
  /** The conditions, in order, as formulas. */
  readonly conditions: readonly Formula[];
  /** The model that costs least. */
  readonly usual: Model;
  /** Why a formula that no model makes true may still be met, in words; undefined: it may not. */
  readonly gap: string | undefined;
}

/** There are too many patterns to tell all values apart, in words. */
export class TooLarge extends Error {}

/** Throws TooLarge. */
export function spaceOf(conditions: readonly Condition[]): Space {
  const literals = new Literals();
  const drafts = conditions.map((condition) => draftOf(condition, literals));
  const columns = columnsOf(literals.all);
  const numbers = new Map<string, number>();
  const dimensions: Dimension[] = [];
  const holders: ReadonlyMap<number, readonly number[]>[] = [];
  for (const [key, own] of bySubject(columns)) {
    const [first] = own;
    if (!first) continue;
    const atoms = atomsOfColumns(first.subject, own);
    const holding = new Map<number, number[]>();
    atoms.list.forEach(({ tests }, atom) => {
      for (const test of tests) {
        const list = holding.get(test);
        if (list) list.push(atom);
        else holding.set(test, [atom]);
      }
    });
    numbers.set(key, dimensions.push({ subject: first.subject, atoms }) - 1);
    holders.push(holding);
  }
  const formulas = new Formulas((number) => dimensions[number]?.atoms.list.length ?? 0);
  const sets = new Map<Literal, Formula>();
  const testFormula = (literal: Literal): Formula => {
    const known = sets.get(literal);
    if (known) return known;
    const number = numbers.get(subjectKey(literal.subject)) ?? -1;
    const holding = holders[number];
    const tests = columns.translate([literal]).flatMap((clause) => clause.flatMap((one) => one.tests));
    const set = setOf(tests.flatMap((test) => holding?.get(test) ?? []));
    const found = formulas.test(dimensions[number]?.atoms.repeats ? "some" : "in", number, set);
    sets.set(literal, found);
    return found;
  };
  const formulaOf = (draft: Draft): Formula => {
    switch (draft.op) {
      case "constant":
        return formulas.constant(draft.value);
      case "literal":
        return testFormula(draft.literal);
      case "not":
        return formulas.not(formulaOf(draft.of));
      case "all":
        return formulas.all(draft.of.map(formulaOf));
      case "any":
        return formulas.any(draft.of.map(formulaOf));
    }
  };
  const gaps = dimensions.flatMap(({ subject, atoms }) =>
    atoms.gap === undefined
      ? []
      : [`of ${titleOf(subject)} not all values could be looked through: ${atoms.gap}`],
  );
  return {
    dimensions,
    formulas,
    conditions: drafts.map(formulaOf),
    usual: dimensions.map(({ atoms }) => (atoms.repeats || atoms.list.length === 0 ? [] : [0])),
    gap: gaps[0],
  };
}

/** What is looked at, in words. */
export function titleOf(subject: Subject): string {
  switch (subject.kind) {
    case "header":
    case "cookie":
    case "query":
      return `the ${subject.kind === "query" ? "query parameter" : subject.kind} \`${subject.name}\``;
    case "claim":
      return `the claim \`${subject.path.join(".")}\``;
    case "metadata":
      return `the metadata \`${[subject.filter, ...subject.path].join(".")}\``;
    case "cel":
      return `\`${subject.condition.expression.text}\``;
    case "nested":
      return "a part of a rule";
    case "method":
    case "path":
    case "host":
    case "hostname":
      return `the ${subject.kind}`;
    case "principal":
      return "the peer's principal";
    case "sni":
      return "the server name";
    case "destination-port":
      return "the destination's port";
    case "peer":
    case "client":
    case "destination":
      return `the ${subject.kind}'s address`;
  }
}

interface Literal {
  readonly subject: Subject;
  readonly predicates: ReadonlyMap<string, Asked>;
  readonly negated: false;
}

/** A condition whose alternatives over one attribute are one literal. */
type Draft =
  | { readonly op: "constant"; readonly value: boolean }
  | { readonly op: "literal"; readonly literal: Literal }
  | { readonly op: "not"; readonly of: Draft }
  | { readonly op: "all" | "any"; readonly of: readonly Draft[] };

function draftOf(condition: Condition, literals: Literals): Draft {
  switch (condition.op) {
    case "constant":
      return condition;
    case "not":
      return { op: "not", of: draftOf(condition.of, literals) };
    case "all":
      return { op: "all", of: condition.of.map((part) => draftOf(part, literals)) };
    case "any":
      return alternatives(condition.of, literals);
    case "test":
      return literals.of(condition.attribute, single(condition.predicate));
    case "cel":
      return literals.of({ kind: "cel", condition }, single({ kind: "present" }));
  }
}

function single(predicate: Asked): ReadonlyMap<string, Asked> {
  return new Map([[predicateKey(predicate), predicate]]);
}

/** Tests of one attribute are one literal. */
function alternatives(parts: readonly Condition[], literals: Literals): Draft {
  const of: Draft[] = [];
  const gathered = new Map<string, { subject: Attribute; predicates: Map<string, Asked> }>();
  const gather = (part: Condition): void => {
    if (part.op === "any") part.of.forEach(gather);
    else if (part.op !== "test") of.push(draftOf(part, literals));
    else {
      const key = subjectKey(part.attribute);
      const entry = gathered.get(key) ?? { subject: part.attribute, predicates: new Map<string, Asked>() };
      entry.predicates.set(predicateKey(part.predicate), part.predicate);
      gathered.set(key, entry);
    }
  };
  parts.forEach(gather);
  for (const { subject, predicates } of gathered.values()) of.push(literals.of(subject, predicates));
  return { op: "any", of };
}

/** What conditions ask of attributes, each once. */
class Literals {
  readonly #known = new Map<string, { readonly op: "literal"; readonly literal: Literal }>();

  of(subject: Subject, predicates: ReadonlyMap<string, Asked>): Draft {
    const key = `${subjectKey(subject)} ${[...predicates.keys()].sort().join(" ")}`;
    let known = this.#known.get(key);
    if (!known) {
      const literal = { subject, predicates, negated: false } as const;
      this.#known.set(key, (known = { op: "literal", literal }));
    }
    return known;
  }

  get all(): readonly Literal[] {
    return [...this.#known.values()].map(({ literal }) => literal);
  }
}

function columnsOf(literals: readonly Literal[]): Columns {
  try {
    return buildColumns(literals);
  } catch (error) {
    if (error instanceof PlanFault) throw new TooLarge(error.message);
    if (error instanceof TooManyClasses) throw new TooLarge("the patterns on one attribute overlap too much");
    throw error;
  }
}

function bySubject({ columns }: Columns): ReadonlyMap<string, Columns["columns"][number][]> {
  const found = new Map<string, Columns["columns"][number][]>();
  for (const column of columns) {
    const key = subjectKey(column.subject);
    const list = found.get(key);
    if (list) list.push(column);
    else found.set(key, [column]);
  }
  return found;
}

/** The CEL expressions in conditions that are no plain predicates, each once, as they are written. */
export function expressionsIn(conditions: readonly Condition[]): readonly string[] {
  const texts = conditions.flatMap((condition) =>
    [...leavesOf(condition)].flatMap((leaf) => (leaf.op === "cel" ? [leaf.expression.text] : [])),
  );
  return [...new Set(texts)];
}
