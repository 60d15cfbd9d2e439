// CEL conditions as source, each a function of its own.
import type { Plan } from "../4-plan/plan.ts";
import { emitCel } from "./cel.ts";
import { withCelReads } from "./cel-reads.ts";
import type { Writer } from "./writer.ts";

/** Writes the functions; returns their names by the numbers of their columns. */
export function emitConditions(plan: Plan, writer: Writer): ReadonlyMap<number, string> {
  return withCelReads(plan, writer, (reads) => {
    const names = new Map<number, string>();
    plan.columns.forEach(({ subject }, number) => {
      if (subject.kind === "cel") names.set(number, emitCel(subject.condition.expression, writer, reads));
    });
    return names;
  });
}
