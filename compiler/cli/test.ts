// tollgate test: PolicyTest documents against the compiled filter.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import { parseDocuments } from "../1-parse/documents.ts";
import { writeConfiguration } from "../7-package/write.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { plain } from "../diagnostics/render.ts";
import { Assembler, readBundleFiles } from "../index.ts";
import { CoverageCollector } from "../policy-test/coverage.ts";
import { startEngines, type EngineName } from "../policy-test/engines.ts";
import { checkAgainst } from "../policy-test/expectation.ts";
import { readTests, type PolicyTest } from "../policy-test/read.ts";
import type { Results } from "../policy-test/results.ts";
import { runTests } from "../policy-test/run-tests.ts";
import { subjectsOf, type ReadyTest } from "../policy-test/subject.ts";
import { chooseTarget, showDiagnostics } from "./bundle.ts";
import { findEnvoy } from "./find-envoy.ts";
import { CommandFailure, PoliciesAtFault, reportFailure } from "./failure.ts";
import { untilInterrupted } from "./options.ts";
import { during, err, out } from "./terminal.ts";
import { jsonReport } from "./test/json.ts";
import { junitReport } from "./test/junit.ts";
import { textReport } from "./test/text.ts";
import { afterChanges, watchPolicies } from "./watch.ts";

interface TestOptions {
  readonly engine: EngineName;
  readonly format: "text" | "junit" | "json";
  readonly output?: string;
  readonly coverage?: true;
  readonly threshold?: number;
  readonly watch?: true;
  readonly workload?: string;
  readonly only?: string;
}

export function addTest(program: Command): void {
  program
    .command("test")
    .description("run the tests of policies")
    .argument("<path...>", "PolicyTest files, or folders that hold them")
    .addOption(
      new Option("--engine <engine>", "what decides: the wasm in the host or in Envoy, or the reference")
        .choices(["host", "envoy", "interpreter"])
        .default("host"),
    )
    .addOption(
      new Option("--format <format>", "how results are written")
        .choices(["text", "junit", "json"])
        .default("text"),
    )
    .option("-o, --output <file>", "write the results into a file instead")
    .option("--only <text>", "only the cases whose names hold this")
    .option("--coverage", "say what no test shows: rules, conditions, limits")
    .option("--threshold <percent>", "fail where coverage is below this; implies --coverage", percent)
    .option("--workload <name>", "the workload whose filter is tested, where the bundle names several")
    .option("--watch", "run again after each change")
    .addHelpText(
      "after",
      `
A test names its policies relative to itself; without \`policies\` they are those of its own folder. Each case meets
a filter that has just started, at a time that stands still. Tokens are made for the tests, with keys that only
they know: the issuers' own are not needed.

Exit codes: 0 all passed; 1 a test failed, coverage is too low, or tests or policies are at fault; 2 the call or
the environment is.

Example:
  tollgate test examples/shop
  tollgate test examples --engine envoy --coverage --threshold 80`,
    )
    .action(test);
}

function percent(text: string): number {
  const number = Number(text);
  if (!/^\d{1,3}(\.\d+)?$/.test(text) || number > 100)
    throw new InvalidArgumentError("give a number from 0 to 100");
  return number;
}

async function test(paths: string[], options: TestOptions): Promise<void> {
  const assembler = options.engine === "interpreter" ? undefined : new Assembler();
  try {
    if (options.watch) await follow(paths, options, assembler);
    else if (!(await once(paths, options, assembler)).passed) throw new PoliciesAtFault();
  } finally {
    await assembler?.close();
  }
}

interface Ran {
  readonly passed: boolean;
  /** Where the policies are that were tested. */
  readonly policies: readonly string[];
}

/** Reads, compiles and runs; shows the results. Throws PoliciesAtFault where tests or policies are no good. */
async function once(
  paths: readonly string[],
  options: TestOptions,
  assembler: Assembler | undefined,
): Promise<Ran> {
  const { engine, workload } = options;
  const tests = filtered(await testsIn(paths), options.only);
  const { ready, diagnostics } = await during("compiling policies", () =>
    subjectsOf(tests, {
      assembler,
      choose: (targets, { workload: own }) => chooseTarget(targets, own?.value ?? workload),
    }),
  );
  showDiagnostics(diagnostics);
  if (diagnostics.length > 0) throw new PoliciesAtFault();
  checkAll(ready);
  sayDifferences(ready);
  const coverage = options.coverage || options.threshold !== undefined ? new CoverageCollector() : undefined;
  const results = await during("running tests", async () => {
    const engines = await startEngines(engine, ready, async () => (await findEnvoy()).path);
    try {
      return await runTests(ready, engines, coverage);
    } finally {
      await engines.close();
    }
  });
  if ("faults" in results) {
    showDiagnostics(results.faults);
    throw new PoliciesAtFault();
  }
  await show(results, options);
  return { passed: isPassed(results, options), policies: ready.flatMap((one) => one.test.policies) };
}

async function testsIn(paths: readonly string[]): Promise<PolicyTest[]> {
  const diagnostics = new Diagnostics();
  const { files } = await readBundleFiles(paths);
  const documents = files.flatMap((file) => parseDocuments(file, diagnostics));
  const tests = readTests(documents, diagnostics);
  if (tests.length === 0 && !diagnostics.hasErrors) {
    diagnostics.error("no-tests", "there is no test here", {
      help: "a test is a YAML document (`.yaml` or `.yml`) of the kind `PolicyTest`; `tollgate new policy` writes one",
    });
  }
  if (!diagnostics.hasErrors) return tests;
  showDiagnostics(diagnostics.sorted().filter(({ severity }) => severity === "error"));
  throw new PoliciesAtFault();
}

function filtered(tests: readonly PolicyTest[], only: string | undefined): readonly PolicyTest[] {
  if (only === undefined) return tests;
  const left = tests
    .map((one) => ({ ...one, cases: one.cases.filter(({ name }) => name.includes(only)) }))
    .filter(({ cases }) => cases.length > 0);
  if (left.length > 0) return left;
  throw new CommandFailure(
    "no case has a name with that text",
    "leave `--only` out to run all of them; upper and lower case count",
  );
}

function checkAll(ready: readonly ReadyTest[]): void {
  const diagnostics = new Diagnostics();
  for (const {
    test: { cases },
    subject,
  } of ready)
    for (const { steps } of cases)
      for (const { expect } of steps) checkAgainst(subject.target.program, expect, diagnostics);
  if (!diagnostics.hasErrors) return;
  showDiagnostics(diagnostics.sorted());
  throw new PoliciesAtFault();
}

/** What of the policies is otherwise in tests. */
function sayDifferences(ready: readonly ReadyTest[]): void {
  if (ready.some(({ subject }) => subject.countsAlone))
    err.line("limits of the scope `mesh` are counted by the filter itself here: no service is asked");
}

async function show(results: Results, { format, output: file, threshold }: TestOptions): Promise<void> {
  const look = file === undefined ? out : { palette: plain, width: Infinity };
  const text =
    format === "json"
      ? jsonReport(results)
      : format === "junit"
        ? junitReport(results)
        : `${textReport(results, look).join("\n")}\n`;
  if (file === undefined) out.line(text.replace(/\n$/, ""));
  else {
    await mkdir(path.dirname(file), { recursive: true });
    await writeConfiguration(file, text, SIGNS[format]);
    out.line(path.normalize(file));
  }
  const { coverage } = results;
  if (coverage && threshold !== undefined && coverage.percent < threshold)
    err.line(err.palette.error(`coverage is ${coverage.percent} %, and ${threshold} % is wanted`));
}

/** What only our own reports hold: nobody else's file is replaced. */
const SIGNS = { json: '"engine":', junit: '<testsuites name="tollgate"', text: " passed (" } as const;

function isPassed({ tests, coverage }: Results, { threshold }: TestOptions): boolean {
  const failed = tests.some(({ cases }) => cases.some(({ kind }) => kind === "failed"));
  return !failed && (threshold === undefined || (coverage?.percent ?? 0) >= threshold);
}

/** Runs, and again after each change, until the person ends it. */
async function follow(
  paths: readonly string[],
  options: TestOptions,
  assembler: Assembler | undefined,
): Promise<void> {
  const interrupted = untilInterrupted();
  let changed = (): void => undefined;
  const watcher = await watchPolicies(paths, () => changed());
  const run = async (): Promise<void> => {
    try {
      const { policies } = await once(paths, options, assembler);
      watcher.add([...policies]);
    } catch (error) {
      reportFailure(error);
    }
    err.line(err.palette.dim("waiting for changes"));
  };
  const settling = afterChanges(run);
  changed = settling.changed;
  try {
    await Promise.race([run().then(() => interrupted), interrupted]);
  } finally {
    settling.stop();
    await watcher.close();
  }
}
