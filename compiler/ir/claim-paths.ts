// Which claims of the verified token a program looks at beyond the authentication stage.
import type { Attribute, Condition, Program } from "./program.ts";

/** The paths, each once. */
export function claimPaths(program: Program): string[][] {
  const paths = new Map<string, readonly string[]>();
  const look = (attribute: Attribute): void => {
    if (attribute.kind === "claim") paths.set(JSON.stringify(attribute.path), attribute.path);
  };
  const visit = (condition: Condition): void => {
    if (condition.op === "test") look(condition.attribute);
    else if (condition.op === "not") visit(condition.of);
    else if (condition.op === "all" || condition.op === "any") condition.of.forEach(visit);
  };
  const { deny, allow, observers } = program.authorization;
  for (const rule of [...deny, ...allow, ...observers.flatMap((o) => o.rules)]) visit(rule.when);
  for (const { rules } of program.routes) for (const rule of rules) visit(rule.when);
  return [...paths.values()].map((path) => [...path]);
}
