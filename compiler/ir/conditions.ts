// Building conditions in their simplest form, so that what is always true or false disappears before planning.
import type { Attribute, Condition, Predicate } from "./program.ts";

export const always: Condition = { op: "constant", value: true };
export const never: Condition = { op: "constant", value: false };

export function test(attribute: Attribute, predicate: Predicate): Condition {
  return { op: "test", attribute, predicate };
}

export function all(conditions: readonly Condition[]): Condition {
  return combine("all", conditions, true);
}

export function any(conditions: readonly Condition[]): Condition {
  return combine("any", conditions, false);
}

export function not(condition: Condition): Condition {
  if (condition.op === "constant") return condition.value ? never : always;
  if (condition.op === "not") return condition.of;
  return { op: "not", of: condition };
}

/** `neutral` changes nothing in the combination; its opposite decides it. */
function combine(op: "all" | "any", conditions: readonly Condition[], neutral: boolean): Condition {
  const flat = conditions.flatMap((c) => (c.op === op ? c.of : [c]));
  if (flat.some((c) => c.op === "constant" && c.value !== neutral)) return neutral ? never : always;
  const rest = flat.filter((c) => c.op !== "constant");
  if (rest.length === 1) return rest[0] as Condition;
  return rest.length === 0 ? { op: "constant", value: neutral } : { op, of: rest };
}

/** Every test in a condition. */
export function* testsOf(condition: Condition): Iterable<Condition & { op: "test" }> {
  if (condition.op === "test") yield condition;
  else if (condition.op === "not") yield* testsOf(condition.of);
  else if (condition.op === "all" || condition.op === "any") for (const c of condition.of) yield* testsOf(c);
}
