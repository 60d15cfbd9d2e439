// Decisions as source: the table that filters/runtime/decide.ts walks, and calls that take one.
import type { Plan } from "../4-plan/plan.ts";
import { layOut } from "./tables.ts";
import type { Writer } from "./writer.ts";

/** Calls that take the decisions of a plan, by their numbers. Declares the table they share. */
export function decisionCalls(plan: Plan, writer: Writer): readonly string[] {
  const fixed = plan.decisions.map(({ diagram }) => (diagram.kind === "leaf" ? diagram.outcome : undefined));
  if (fixed.every((outcome) => outcome !== undefined)) return fixed.map(String);
  const { words, offsets } = layOut(plan.decisions, plan.columns, plan.tests);
  const table = writer.table("u32", "DECISIONS", words);
  return offsets.map((offset, number) => {
    const outcome = fixed[number];
    return outcome === undefined
      ? `${writer.runtime("decide", "decide")}(${table}, ${offset}, classify)`
      : String(outcome);
  });
}
