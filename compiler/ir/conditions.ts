// Building conditions in their simplest form, so that what is always true or false disappears before planning.
import type { Attribute, CelCondition, Condition, Predicate, Program, Test } from "./program.ts";

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

/**
 * Paths that begin with the elements of a prefix: those of `/a` are `/a` and `/a/b`, not `/ab`. A `/` at its end says nothing,
 * so every path begins with `/`.
 */
export function pathBegins(prefix: string): Condition {
  const elements = prefix.replace(/\/$/, "");
  if (elements === "") return always;
  return any([
    test({ kind: "path" }, { kind: "exact", text: elements }),
    test({ kind: "path" }, { kind: "prefix", text: `${elements}/` }),
  ]);
}

/** Alternatives, those that `pathBegins` makes of one prefix put together again: it is one thing to whoever wrote it. */
export function withPathPrefixes(
  alternatives: readonly Condition[],
): readonly { readonly part: Condition; readonly prefix?: string }[] {
  const paths = (kind: "exact" | "prefix"): (string | undefined)[] =>
    alternatives.map((part) =>
      part.op === "test" && part.attribute.kind === "path" && part.predicate.kind === kind
        ? part.predicate.text
        : undefined,
    );
  const exact = paths("exact");
  const below = paths("prefix");
  return alternatives.flatMap((part, i) => {
    const prefix = exact[i];
    if (prefix !== undefined && below.includes(`${prefix}/`)) return [{ part: pathBegins(prefix), prefix }];
    const covered = below[i]?.endsWith("/") && exact.includes(below[i].slice(0, -1));
    return covered ? [] : [{ part }];
  });
}

/** `neutral` changes nothing in the combination; its opposite decides it. */
function combine(op: "all" | "any", conditions: readonly Condition[], neutral: boolean): Condition {
  const flat = conditions.flatMap((c) => (c.op === op ? c.of : [c]));
  if (flat.some((c) => c.op === "constant" && c.value !== neutral)) return neutral ? never : always;
  const rest = flat.filter((c) => c.op !== "constant");
  if (rest.length === 1) return rest[0] as Condition;
  return rest.length === 0 ? { op: "constant", value: neutral } : { op, of: rest };
}

/** What a condition is made of: every test and every CEL expression in it. */
export function* leavesOf(condition: Condition): Iterable<Test | CelCondition> {
  switch (condition.op) {
    case "constant":
      return;
    case "test":
    case "cel":
      yield condition;
      return;
    case "not":
      yield* leavesOf(condition.of);
      return;
    case "all":
    case "any":
      for (const part of condition.of) yield* leavesOf(part);
  }
}

/** The conditions of all rules of a program: who may pass, what is counted, which road. */
export function conditionsOf(program: Program): Condition[] {
  const { deny, allow, observers } = program.authorization;
  const rules = [
    ...deny,
    ...allow,
    ...observers.flatMap((observer) => observer.rules),
    ...program.limits,
    ...(program.httpRoutes?.rules ?? []),
    ...program.routes.flatMap((policy) => policy.rules),
  ];
  return rules.map((rule) => rule.when);
}
