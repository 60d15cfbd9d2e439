// Results as JUnit's XML, which every CI reads.
import { requestLine } from "../../requests/index.ts";
import { placeOf } from "../../source/span.ts";
import { positionOf } from "../../source/span.ts";
import { tally, type Results, type TestResult } from "../../policy-test/results.ts";
import type { CaseResult } from "../../policy-test/run.ts";
import { why } from "../../policy-test/why.ts";

/** The whole document, with a final newline. */
export function junitReport({ tests, milliseconds }: Results): string {
  const all = tally(tests);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="tollgate" ${counts(all)} time="${seconds(milliseconds)}">`,
    ...tests.flatMap(suite),
    "</testsuites>",
    "",
  ].join("\n");
}

function suite(result: TestResult): string[] {
  const { test, cases } = result;
  const time = cases.reduce((sum, one) => sum + ("milliseconds" in one ? one.milliseconds : 0), 0);
  return [
    `  <testsuite name="${xml(test.name)}" file="${xml(test.file.shown)}" ${counts(tally([result]))} time="${seconds(time)}">`,
    ...cases.flatMap((one) => testcase(one, result)),
    "  </testsuite>",
  ];
}

function testcase(one: CaseResult, { test, subject }: TestResult): string[] {
  const { name, span, steps } = one.case;
  const line = positionOf(span.file, span.start).line;
  const head = `    <testcase name="${xml(name)}" classname="${xml(test.name)}" file="${xml(test.file.shown)}" line="${line}"`;
  if (one.kind === "skipped")
    return [`${head}>`, `      <skipped message="${xml(one.why)}"/>`, "    </testcase>"];
  const timed = `${head} time="${seconds(one.milliseconds)}"`;
  if (one.kind === "passed") return [`${timed}/>`];
  const { failure } = one;
  const lines = failure.differences.map(
    ({ what, expected = "none", got = "none" }) => `${what}: expected ${expected}, got ${got}`,
  );
  const step = steps[(failure.step?.number ?? 1) - 1];
  const reasons = step ? why(subject.target.program, failure, step.expect) : [];
  const text = [
    placeOf(failure.span),
    requestLine(failure.request),
    ...lines,
    ...reasons.map((r) => `because ${r}`),
  ];
  return [
    `${timed}>`,
    `      <failure message="${xml(lines[0] ?? "")}">${xml(text.join("\n"))}</failure>`,
    "    </testcase>",
  ];
}

function counts({ passed, failed, skipped }: ReturnType<typeof tally>): string {
  return `tests="${passed + failed + skipped}" failures="${failed}" errors="0" skipped="${skipped}"`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(6);
}

/** Text and attributes alike. XML has no way to write most control characters. */
function xml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("\n", "&#10;");
}
