// Counters as source: defined when the filter is configured, handed to the proxy on a timer.
import { LIMIT_COUNTERS } from "../ir/details.ts";
import type { Writer } from "./writer.ts";

/** Milliseconds between two hand-overs. */
const PERIOD = 1_000;
/** As `filters/runtime/counters.ts` has it. */
export const COUNTER_BYTES = 16;

/** Has counters of these names stand side by side from an address. */
export function countersOf(names: readonly string[], address: string, writer: Writer): void {
  names.forEach((name, i) => {
    const text = writer.literals.of(name, "COUNTER").arguments;
    const at = i === 0 ? address : `${address} + ${i * COUNTER_BYTES}`;
    writer.configure.push(`${writer.runtime("counters", "defineCounter")}(${at}, ${text})`);
  });
  flushed(address, names.length, writer);
}

/** Has the counters of a limit, which is called `<namespace>/<policy>.<limit>`, stand side by side from an address. */
export function limitCountersOf(limit: string, address: string, writer: Writer): void {
  const text = writer.literals.of(limit, "METRICS").arguments;
  const define = writer.runtime("limits/metrics", "defineLimitCounters");
  writer.configure.push(`${define}(${address}, ${text})`);
  flushed(address, LIMIT_COUNTERS.length, writer);
}

function flushed(address: string, count: number, writer: Writer): void {
  const timer = `${writer.runtime("counters", "flushEvery")}(${PERIOD})`;
  if (!writer.configure.includes(timer)) writer.configure.push(timer);
  writer.tick.push(`${writer.runtime("counters", "flushCounters")}(${address}, ${count});`);
}
