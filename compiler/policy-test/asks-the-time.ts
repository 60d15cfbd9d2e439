// Whether expressions of a program look at the clock: what they decide is then no matter of the request alone.
import { conditionsOf, leavesOf } from "../ir/conditions.ts";
import type { Program } from "../ir/program.ts";
import { expressionsOf } from "../ir/route-reads.ts";

export function asksTheTime(program: Program): boolean {
  const texts = [
    ...conditionsOf(program).flatMap((condition) =>
      [...leavesOf(condition)].flatMap((leaf) => (leaf.op === "cel" ? [leaf.expression.text] : [])),
    ),
    ...expressionsOf(program).map(({ text }) => text),
    ...program.limits.flatMap(({ key, cost }) =>
      [...key, cost].flatMap((part) => (part.kind === "cel" ? [part.expression.text] : [])),
    ),
  ];
  return texts.some((text) => /\brequest\s*\.\s*time\b/.test(text));
}
