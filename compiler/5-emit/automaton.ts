// An automaton as the tables that filters/runtime/dfa.ts runs.
import type { Dfa } from "../automata/dfa.ts";
import type { Writer } from "./writer.ts";

/** The arguments of `runDfa` in front of the text; `accepts` is what it answers, by the state that the text ends in. */
export function automatonArguments(dfa: Dfa, accepts: readonly number[], writer: Writer): string {
  return [
    writer.table("u8", "BYTE_CLASSES", Array.from(dfa.classOf)),
    dfa.classes,
    writer.table("u16", "NEXT_STATES", Array.from(dfa.next)),
    writer.table("u32", "ACCEPTS", accepts),
    dfa.start,
  ].join(", ");
}
