// Where expressions of a policy's filter find what they look at, and the patterns that they match texts with.
import type { Plan } from "../4-plan/plan.ts";
import type { Regex } from "../automata/regex.ts";
import { automatonArguments } from "./automaton.ts";
import type { CelReads } from "./cel.ts";
import { unique } from "./literals.ts";
import type { Writer } from "./writer.ts";

/** What of a plan expressions need. */
export type CelSurroundings = Pick<Plan, "cel" | "authentication">;

/** Writes expressions as `write` does, and behind them the functions that match their patterns. */
export function withCelReads<T>(plan: CelSurroundings, writer: Writer, write: (reads: CelReads) => T): T {
  const matchers = new Map<Regex, string>();
  const written = write({
    header: (name) => writer.slot(name === ":path" ? ":path?" : name),
    claims: () =>
      plan.authentication ? `${writer.runtime("authentication/payload", "verifiedPayload")}()` : "0",
    regex: (regex) => {
      const name = matchers.get(regex) ?? unique("matches", writer.functions);
      matchers.set(regex, name);
      return name;
    },
  });
  for (const [regex, name] of matchers) emitMatcher(plan, regex, name, writer);
  return written;
}

function emitMatcher({ cel }: CelSurroundings, regex: Regex, name: string, writer: Writer): void {
  const dfa = cel.automata.get(regex);
  if (!dfa) throw new Error("a pattern was not planned");
  const accepts = dfa.accepts.map((patterns) => patterns.length);
  const tables = automatonArguments(dfa, accepts, writer);
  writer.line("", `function ${name}(p: usize, size: u32): bool {`);
  writer.line(`  return ${writer.runtime("dfa", "runDfa")}(${tables}, p, size) != 0;`, "}");
}
