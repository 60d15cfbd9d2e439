// Running all tests, one after the other.
import { Diagnostics, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { CoverageCollector } from "./coverage.ts";
import type { RunningEngines } from "./engines.ts";
import type { Results, TestResult } from "./results.ts";
import { ListenerRefuses, runCase, type CaseResult } from "./run.ts";
import type { ReadyTest } from "./subject.ts";

/** The results; or what is wrong with requests, where no policy would see them. */
export async function runTests(
  ready: readonly ReadyTest[],
  engines: RunningEngines,
  coverage: CoverageCollector | undefined,
): Promise<Results | { readonly faults: readonly Diagnostic[] }> {
  const diagnostics = new Diagnostics();
  const started = performance.now();
  const tests: TestResult[] = [];
  for (const one of ready) {
    const { subject, test } = one;
    const { program } = subject.target;
    const engine = engines.of(subject);
    coverage?.add(program);
    const cases: CaseResult[] = [];
    for (const testCase of test.cases) {
      try {
        const result = await runCase(one, testCase, engine, {
          onCase: () => coverage?.forget(),
          onRequest: coverage && ((asked) => coverage.observe(program, asked)),
          cannot: (request) => engines.cannot(request, subject),
          realTime: engines.realTime,
        });
        cases.push(result);
      } catch (error) {
        if (!(error instanceof ListenerRefuses)) throw error;
        diagnostics.error("listener-refuses", error.message, {
          span: error.step.span,
          help: "no policy sees it, so there is nothing to test: change the request",
        });
      }
    }
    tests.push({ ...one, cases });
  }
  const milliseconds = performance.now() - started;
  if (diagnostics.hasErrors) return { faults: diagnostics.sorted() };
  return {
    engine: engines.name,
    tests,
    milliseconds,
    ...(coverage && { coverage: coverage.coverage }),
  };
}
