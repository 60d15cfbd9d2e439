// CEL conditions as source, each a function of its own, and the patterns that they match texts with.
import type { Plan } from "../4-plan/plan.ts";
import type { Regex } from "../automata/regex.ts";
import { automatonArguments } from "./automaton.ts";
import { emitCel, type CelReads } from "./cel.ts";
import { unique } from "./literals.ts";
import type { Writer } from "./writer.ts";

/** Writes the functions; returns their names by the numbers of their columns. */
export function emitConditions(plan: Plan, writer: Writer): ReadonlyMap<number, string> {
  const matchers = new Map<Regex, string>();
  const reads: CelReads = {
    header: (name) => writer.slot(name === ":path" ? ":path?" : name),
    claims: () =>
      plan.authentication ? `${writer.runtime("authentication/payload", "verifiedPayload")}()` : "0",
    regex: (regex) => {
      const name = matchers.get(regex) ?? unique("matches", writer.functions);
      matchers.set(regex, name);
      return name;
    },
  };
  const names = new Map<number, string>();
  plan.columns.forEach(({ subject }, number) => {
    if (subject.kind === "cel") names.set(number, emitCel(subject.condition.expression, writer, reads));
  });
  for (const [regex, name] of matchers) emitMatcher(plan, regex, name, writer);
  return names;
}

function emitMatcher({ cel }: Plan, regex: Regex, name: string, writer: Writer): void {
  const dfa = cel.automata.get(regex);
  if (!dfa) throw new Error("a pattern was not planned");
  const accepts = dfa.accepts.map((patterns) => patterns.length);
  const tables = automatonArguments(dfa, accepts, writer);
  writer.line("", `function ${name}(p: usize, size: u32): bool {`);
  writer.line(`  return ${writer.runtime("dfa", "runDfa")}(${tables}, p, size) != 0;`, "}");
}
