// Which claims of the verified token a program looks at beyond the authentication stage.
import { conditionsOf, leavesOf } from "./conditions.ts";
import type { Program } from "./program.ts";
import { routingSlots } from "./route-reads.ts";

/** The paths, each once. */
export function claimPaths(program: Program): string[][] {
  const paths = new Map<string, readonly string[]>();
  const look = ({ path }: { readonly path: readonly string[] }): void => {
    paths.set(JSON.stringify(path), path);
  };
  for (const condition of conditionsOf(program)) {
    for (const leaf of leavesOf(condition)) {
      if (leaf.op === "test" && leaf.attribute.kind === "claim") look(leaf.attribute);
    }
  }
  for (const slot of routingSlots(program)) if (slot.from === "claim") look(slot);
  for (const { key } of program.limits) for (const part of key) if (part.kind === "claim") look(part);
  return [...paths.values()].map((path) => [...path]);
}
