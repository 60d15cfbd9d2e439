// Results for programs.
import { descriptionOf } from "../../requests/index.ts";
import { positionOf, type Span } from "../../source/span.ts";
import type { Rule } from "../../policy-test/coverage.ts";
import { tally, type Results } from "../../policy-test/results.ts";
import type { CaseResult } from "../../policy-test/run.ts";
import type { TestResult } from "../../policy-test/results.ts";
import { why } from "../../policy-test/why.ts";

/** The whole document, with a final newline. Fields are added, never changed. */
export function jsonReport(results: Results): string {
  const { engine, tests, milliseconds, coverage } = results;
  const document = {
    engine,
    ...tally(tests),
    milliseconds,
    tests: tests.map((result) => ({
      name: result.test.name,
      file: result.test.file.shown,
      cases: result.cases.map((one) => caseOf(one, result)),
    })),
    ...(coverage && {
      coverage: {
        percent: coverage.percent,
        covered: coverage.covered,
        total: coverage.total,
        policies: coverage.policies.map(({ policy, file, rules }) => ({
          policy,
          file,
          rules: rules.map(ruleOf),
        })),
      },
    }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function caseOf(one: CaseResult, { subject }: TestResult): object {
  const { name, span, steps } = one.case;
  const head = { name, line: lineOf(span), result: one.kind };
  if (one.kind === "skipped") return { ...head, why: one.why };
  if (one.kind === "passed") return { ...head, milliseconds: one.milliseconds };
  const { failure } = one;
  const step = steps[(failure.step?.number ?? 1) - 1];
  return {
    ...head,
    milliseconds: one.milliseconds,
    ...(failure.step && { step: failure.step.number, time: failure.step.time }),
    request: descriptionOf(failure.request),
    differences: failure.differences.map(({ what, expected = null, got = null }) => ({
      what,
      expected,
      got,
    })),
    because: step ? why(subject.target.program, failure, step.expect) : [],
  };
}

function ruleOf({ origin, missing, covered, total }: Rule): object {
  return {
    part: origin.part,
    file: origin.span.file.shown,
    line: lineOf(origin.span),
    covered,
    total,
    missing,
  };
}

function lineOf({ file, start }: Span): number {
  return positionOf(file, start).line;
}
