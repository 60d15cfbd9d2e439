// Results for people: what failed, as expected beside got and with the reason; what passed, in a line.
import { table } from "../terminal/table.ts";
import { printable } from "../../diagnostics/printable.ts";
import type { Palette } from "../../diagnostics/render.ts";
import { hanging } from "../../diagnostics/wrap.ts";
import { requestLine } from "../../requests/index.ts";
import { placeOf } from "../../source/span.ts";
import type { Program } from "../../ir/program.ts";
import type { CaseResult, Failure } from "../../policy-test/run.ts";
import { tally, type Results, type TestResult } from "../../policy-test/results.ts";
import { why } from "../../policy-test/why.ts";
import { coverageLines } from "./coverage.ts";

export interface Look {
  readonly palette: Palette;
  /** Columns. */
  readonly width: number;
}

/** The lines of a report. */
export function textReport({ tests, engine, milliseconds, coverage }: Results, look: Look): string[] {
  const { palette } = look;
  const { passed, failed, skipped } = tally(tests);
  const counts = [
    ...(failed > 0 ? [palette.error(`${failed} failed`)] : []),
    ...(skipped > 0 ? [palette.warning(`${skipped} skipped`)] : []),
    passed > 0 && failed === 0 ? palette.good(`${passed} passed`) : `${passed} passed`,
  ];
  const lines = [
    ...tests.flatMap((test) => testLines(test, look)),
    "",
    ...(coverage ? [...coverageLines(coverage, look), ""] : []),
    `${counts.join(", ")} ${palette.dim(`(${engine}, ${duration(milliseconds)})`)}`,
  ];
  return lines.filter((line, i) => line !== "" || lines[i - 1] !== "");
}

function testLines({ test, cases, subject }: TestResult, look: Look): string[] {
  const { palette } = look;
  const failed = cases.filter(({ kind }) => kind === "failed");
  const skipped = cases.filter(({ kind }) => kind === "skipped");
  const mark = failed.length > 0 ? palette.error("✗") : palette.good("✓");
  const passed = `${cases.length - failed.length - skipped.length} of ${cases.length}`;
  const head = `${mark} ${palette.bold(printable(test.name))} ${palette.dim(`${passed}  ${printable(test.file.shown)}`)}`;
  return [head, ...cases.flatMap((one) => caseLines(one, subject.target.program, look))];
}

function caseLines(result: CaseResult, program: Program, look: Look): string[] {
  const { palette } = look;
  const { name, span } = result.case;
  if (result.kind === "passed") return [];
  if (result.kind === "skipped")
    return [`  ${palette.warning("-")} ${printable(name)} ${palette.dim(`skipped: ${result.why}`)}`];
  const { failure } = result;
  return [
    "",
    `  ${palette.error("✗")} ${palette.bold(printable(name))}  ${palette.dim(printable(placeOf(span)))}`,
    ...(failure.step ? [`    ${stepWords(failure)}`] : []),
    ...hanging("    ", requestLine(failure.request), look.width),
    "",
    ...diff(failure, look).map((line) => `    ${line}`),
    "",
    ...whyLines(result, program, look),
    "",
  ];
}

function whyLines(
  result: Extract<CaseResult, { kind: "failed" }>,
  program: Program,
  { palette, width }: Look,
): string[] {
  const { failure } = result;
  const step = result.case.steps[(failure.step?.number ?? 1) - 1];
  if (!step) return [];
  return why(program, failure, step.expect).flatMap((line) =>
    hanging(`    ${palette.dim("=")} ${palette.bold("because")}: `, printable(line), width),
  );
}

function stepWords({ step, span }: Failure): string {
  if (!step) return "";
  const time = step.of > 1 ? `, time ${step.time} of ${step.of}` : "";
  return `step ${step.number}${time}  ${printable(placeOf(span))}`;
}

function diff({ differences }: Failure, { palette, width }: Look): string[] {
  const shown = (text: string | undefined): string => (text === undefined ? "none" : printable(text));
  return table(
    [
      ["", palette.dim("expected"), palette.dim("got")],
      ...differences.map(({ what, expected, got }) => [
        printable(what),
        palette.good(shown(expected)),
        palette.error(shown(got)),
      ]),
    ],
    { width: width - 4 },
  );
}

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}
