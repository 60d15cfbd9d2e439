// Conditions as texts: equal ones are written alike.
import type { Condition } from "../ir/program.ts";

const known = new WeakMap<Condition, string>();

/** Two conditions with the same text are the same; two that mean the same may have different ones. */
export function conditionLabel(when: Condition): string {
  let label = known.get(when);
  if (label === undefined) {
    label = JSON.stringify(when, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
    known.set(when, label);
  }
  return label;
}
