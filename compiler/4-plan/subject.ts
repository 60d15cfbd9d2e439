// What literals ask about, and what they ask.
import type { Attribute, CelCondition, Condition, Predicate } from "../ir/program.ts";

/** An attribute's values, whether a CEL condition holds, or what a decision inside a rule comes to. */
export type Subject = Attribute | { readonly kind: "cel"; readonly condition: CelCondition } | Nested;

/** A part of a rule that is decided by itself: as clauses of the rule it would be too many. Outcome 1: it holds. */
export interface Nested {
  readonly kind: "nested";
  readonly decision: number;
  readonly condition: Condition;
}

/** What a literal asks of a value; `absent`, of an address alone: that the proxy does not say it. */
export type Asked = Predicate | { readonly kind: "absent" };

/** Whether an attribute is an address rather than a text. */
export function isAddress(subject: Subject): boolean {
  return subject.kind === "peer" || subject.kind === "client" || subject.kind === "destination";
}

/** Whether a subject is a truth value rather than an attribute. */
export function isTruth(subject: Subject): subject is Exclude<Subject, Attribute> {
  return subject.kind === "cel" || subject.kind === "nested";
}

/** Two subjects with the same key are the same. */
export function subjectKey(subject: Subject): string {
  if (subject.kind === "nested") return JSON.stringify(["nested", subject.decision]);
  if (subject.kind !== "cel") return JSON.stringify(subject);
  const { expression, onError } = subject.condition;
  return JSON.stringify(["cel", expression.text, onError]);
}
