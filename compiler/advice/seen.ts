// Conditions as the rules of a filter see them.
import { all, leavesOf, not, test } from "../ir/conditions.ts";
import type { Condition, Program } from "../ir/program.ts";

/**
 * The condition over requests that get as far as it: without authentication none has claims. A path all have but those of the
 * method CONNECT, which listeners only let by where they are told to.
 */
export function seen(condition: Condition, { authentication }: Program): Condition {
  const claims = authentication ? [] : claimsIn(condition);
  return all([condition, test({ kind: "path" }, { kind: "present" }), ...claims.map(not)]);
}

/** For each claim that the condition looks at, that it is there. */
function claimsIn(condition: Condition): readonly Condition[] {
  const found = new Map<string, Condition>();
  for (const leaf of leavesOf(condition)) {
    if (leaf.op !== "test" || leaf.attribute.kind !== "claim") continue;
    found.set(JSON.stringify(leaf.attribute), test(leaf.attribute, { kind: "present" }));
  }
  return [...found.values()];
}
