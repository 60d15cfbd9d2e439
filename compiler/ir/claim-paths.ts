// Which claims of the verified token a program looks at beyond the authentication stage.
import { conditionsOf, leavesOf } from "./conditions.ts";
import type { Program } from "./program.ts";

/** The paths, each once. */
export function claimPaths(program: Program): string[][] {
  const paths = new Map<string, readonly string[]>();
  for (const condition of conditionsOf(program)) {
    for (const leaf of leavesOf(condition)) {
      if (leaf.op !== "test" || leaf.attribute.kind !== "claim") continue;
      paths.set(JSON.stringify(leaf.attribute.path), leaf.attribute.path);
    }
  }
  return [...paths.values()].map((path) => [...path]);
}
