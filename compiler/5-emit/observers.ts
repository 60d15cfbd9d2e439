// Policies that only count, as source: a decision each, counters in linear memory, and a timer that hands them to the proxy.
import type { Plan } from "../4-plan/plan.ts";
import { counterNames } from "../ir/details.ts";
import { COUNTER_BYTES, countersOf } from "./counters.ts";
import type { Writer } from "./writer.ts";

export function emitObservers({ observers }: Plan, calls: readonly string[], writer: Writer): void {
  const room = writer.room("COUNTERS", observers.length * 2 * COUNTER_BYTES, 8);
  countersOf(
    observers.flatMap(({ observer }) => counterNames(observer)),
    room,
    writer,
  );
  writer.line(
    "",
    "/** AUDIT policies and dry runs: they count and decide nothing. */",
    "function observe(): void {",
  );
  const count = writer.runtime("counters", "count");
  observers.forEach(({ decision }, i) => {
    writer.line(
      `  ${count}(${room} + (${calls[decision] ?? ""} == 1 ? ${i * 2 * COUNTER_BYTES} : ${(i * 2 + 1) * COUNTER_BYTES}));`,
    );
  });
  writer.line("}");
}
