// Policies that only count, as source: a decision each, counters in linear memory, and a timer that hands them to the proxy.
import type { Plan } from "../4-plan/plan.ts";
import { counterNames } from "../ir/details.ts";
import type { Writer } from "./writer.ts";

/** Milliseconds between two hand-overs. */
const PERIOD = 1_000;

export function emitObservers({ observers }: Plan, calls: readonly string[], writer: Writer): void {
  const room = writer.room("COUNTERS", observers.length * 2 * 16, 8);
  const defined = observers.flatMap(({ observer }, i) =>
    counterNames(observer).map((name, which) => {
      const text = writer.literals.of(name, `COUNTER_${i}_${which}`).arguments;
      return `${writer.runtime("counters", "defineCounter")}(${room} + ${(i * 2 + which) * 16}, ${text})`;
    }),
  );
  writer.configure.push(...defined, `${writer.runtime("counters", "flushEvery")}(${PERIOD})`);
  writer.line(
    "",
    "/** AUDIT policies and dry runs: they count and decide nothing. */",
    "function observe(): void {",
  );
  const count = writer.runtime("counters", "count");
  observers.forEach(({ decision }, i) => {
    writer.line(`  ${count}(${room} + (${calls[decision] ?? ""} == 1 ? ${i * 32} : ${i * 32 + 16}));`);
  });
  writer.line("}");
  writer.tick.push(`${writer.runtime("counters", "flushCounters")}(${room}, ${observers.length * 2});`);
}
