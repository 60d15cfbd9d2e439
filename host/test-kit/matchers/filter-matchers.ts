import type { Metric } from "../../metrics.ts";
import { TestFilter } from "../filter.ts";
import type { LogLevelName } from "../logs.ts";
import { fits, show, type ExpectedText } from "./expectation.ts";
import { Faults } from "./faults.ts";
import { judge, type MatcherResult } from "./result.ts";

const LINES_SHOWN = 20;

/** A text is looked for within the line. */
export function toHaveLogged(received: unknown, level: LogLevelName, expected: ExpectedText): MatcherResult {
  const filter = filterOf(received);
  const found = filter.logs.some(
    (entry) =>
      entry.level === level &&
      (typeof expected === "string" ? entry.message.includes(expected) : fits(entry.message, expected)),
  );
  const faults = new Faults();
  if (!found) faults.lines.push(`no line at ${level} fits ${show(expected)}`);
  return judge(faults, `to have logged ${show(expected)} at ${level}`, () => describeLogs(filter));
}

export function toHaveCounted(received: unknown, name: string, expected: number | bigint): MatcherResult {
  return metricIs(received, "counter", name, expected, ({ value }) => value);
}

export function toHaveGauge(received: unknown, name: string, expected: number | bigint): MatcherResult {
  return metricIs(received, "gauge", name, expected, ({ value }) => value);
}

/** How many values a histogram has recorded or, given a list, which were the last. */
export function toHaveRecorded(
  received: unknown,
  name: string,
  expected: number | bigint | ReadonlyArray<number | bigint>,
): MatcherResult {
  if (typeof expected !== "object")
    return metricIs(received, "histogram", name, expected, ({ value }) => value);
  const filter = filterOf(received);
  const faults = new Faults();
  const metric = metricOf(filter, "histogram", name, faults);
  const last = metric?.samples.slice(metric.samples.length - expected.length).join(", ");
  if (last !== undefined && last !== expected.join(", "))
    faults.add(`the last values of ${name}`, expected.join(", "), last === "" ? "none" : last);
  return judge(faults, `to have recorded ${expected.join(", ")} in ${name}`, () => describeMetrics(filter));
}

export function toHaveSharedData(received: unknown, key: string, expected: ExpectedText): MatcherResult {
  const filter = filterOf(received);
  const faults = new Faults();
  faults.text(`shared data ${key}`, filter.sharedData.get(key), expected);
  const keys = filter.sharedData.keys();
  return judge(
    faults,
    `to share ${show(expected)} as ${key}`,
    () => `Keys of shared data: ${keys.length === 0 ? "none" : keys.join(", ")}`,
  );
}

function metricIs(
  received: unknown,
  kind: Metric["kind"],
  name: string,
  expected: number | bigint,
  value: (metric: Metric) => bigint,
): MatcherResult {
  const filter = filterOf(received);
  const faults = new Faults();
  const metric = metricOf(filter, kind, name, faults);
  if (metric !== undefined && value(metric) !== BigInt(expected))
    faults.add(`${kind} ${name}`, String(expected), String(value(metric)));
  return judge(faults, `to have ${expected} in ${name}`, () => describeMetrics(filter));
}

function metricOf(
  filter: TestFilter,
  kind: Metric["kind"],
  name: string,
  faults: Faults,
): Metric | undefined {
  const metric = filter.metrics.get(name);
  if (metric?.kind === kind) return metric;
  faults.lines.push(
    metric === undefined ? `there is no metric ${name}` : `${name} is a ${metric.kind}, no ${kind}`,
  );
  return undefined;
}

function describeLogs({ logs }: TestFilter): string {
  if (logs.length === 0) return "Nothing was logged.";
  const shown = logs.slice(-LINES_SHOWN).map(({ level, message }) => `  ${level}: ${message}`);
  return [logs.length > LINES_SHOWN ? `The last ${LINES_SHOWN} lines:` : "All lines:", ...shown].join("\n");
}

function describeMetrics({ metrics }: TestFilter): string {
  if (metrics.size === 0) return "No metric is defined.";
  return [
    "All metrics:",
    ...[...metrics].map(([name, { kind, value }]) => `  ${name}: ${value} (${kind})`),
  ].join("\n");
}

function filterOf(received: unknown): TestFilter {
  if (received instanceof TestFilter) return received;
  const hint = received instanceof Promise ? ": did you forget `await`?" : "";
  throw new TypeError(`this matcher takes what \`loadFilter\` gives${hint}`);
}
