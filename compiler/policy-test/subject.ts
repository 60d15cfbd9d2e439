// What tests are about: policies, compiled so that they decide by themselves, with the tests' own keys.
import { plan } from "../4-plan/planner.ts";
import { InputError, readBundleFiles, type BundleFiles } from "../1-parse/files.ts";
import { check, type Assembler, type PackagedFilter, type Target } from "../index.ts";
import { Diagnostics, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import { compiledAs } from "../engines/compiled.ts";
import { countsAlone, standalone } from "../engines/index.ts";
import { testKeysOf } from "../requests/index.ts";
import { filled } from "../ir/filled.ts";
import { parametersFor } from "./parameters.ts";
import type { PolicyTest } from "./read.ts";

/** Policies of one or more tests. */
export interface Subject {
  readonly target: Target;
  /** Absent where only the interpreter is asked. */
  readonly filter?: PackagedFilter;
  /** Whether limits that a service counts for a mesh are counted by the filter here. */
  readonly countsAlone: boolean;
}

/** A test with its policies. */
export interface ReadyTest {
  readonly test: PolicyTest;
  readonly subject: Subject;
}

export interface SubjectOptions {
  /** Absent: nothing is compiled. */
  readonly assembler?: Assembler | undefined;
  /** Which of the targets is meant; throws where that cannot be told. */
  readonly choose: (targets: readonly Target[], test: PolicyTest) => Target;
}

/** The tests with their policies, each set of which is compiled once; what is wrong with policies is in `diagnostics`. */
export async function subjectsOf(
  tests: readonly PolicyTest[],
  options: SubjectOptions,
): Promise<{ readonly ready: readonly ReadyTest[]; readonly diagnostics: readonly Diagnostic[] }> {
  const mostKeys = keysOf(tests);
  const subjects = new Map<string, Subject | undefined>();
  const found: Diagnostic[] = [];
  const ready: ReadyTest[] = [];
  for (const test of tests) {
    const given = [...test.parameters].map(([name, { value }]) => [name, value]);
    const key = JSON.stringify([test.policies.toSorted(), test.workload?.value, given]);
    if (!subjects.has(key)) {
      const { subject, diagnostics } = await subjectOf(test, mostKeys, options);
      subjects.set(key, subject);
      found.push(...diagnostics.filter(({ severity }) => severity === "error"));
    }
    const subject = subjects.get(key);
    if (subject) ready.push({ test, subject });
  }
  return { ready, diagnostics: found };
}

async function subjectOf(
  test: PolicyTest,
  mostKeys: number,
  { assembler, choose }: SubjectOptions,
): Promise<{ readonly subject?: Subject; readonly diagnostics: readonly Diagnostic[] }> {
  const files = await filesOf(test);
  if ("diagnostics" in files) return files;
  const { targets, diagnostics } = check(files);
  if (targets.length === 0) return { diagnostics: located(diagnostics, test) };
  const unknown = unknownWorkload(test, targets);
  if (unknown.length > 0) return { diagnostics: unknown };
  const chosen = choose(targets, test);
  const given = parametersFor(test, chosen.program);
  if ("diagnostics" in given) return given;
  const program = standalone(filled(chosen.program, given.values), { keys: testKeysOf, mostKeys });
  const target = { ...chosen, program, plan: plan(program) };
  const subject = { target, countsAlone: countsAlone(chosen.program) };
  if (!assembler) return { subject, diagnostics };
  const filter = await compiledAs(target, program, assembler);
  if (!filter) throw new Error(`the filter \`${target.name}\` does not assemble`);
  return { subject: { ...subject, filter }, diagnostics };
}

function unknownWorkload({ workload }: PolicyTest, targets: readonly Target[]): readonly Diagnostic[] {
  const known = targets.flatMap((target) => target.workload ?? []);
  if (!workload || known.includes(workload.value)) return [];
  const diagnostics = new Diagnostics();
  const label = didYouMean(workload.value, known);
  diagnostics.error("bad-value", `there is no workload \`${workload.value}\``, {
    span: workload.span,
    ...(label && { label }),
    help:
      known.length === 0
        ? "the bundle names none: leave `workload` out"
        : `the workloads are ${known.map((name) => `\`${name}\``).join(", ")}`,
  });
  return diagnostics.all;
}

/** More than any case sends, with room for each: memory for a hundred thousand would be made anew for every case. */
function keysOf(tests: readonly PolicyTest[]): number {
  const steps = tests.flatMap(({ cases }) => cases.map((one) => one.steps.length));
  return Math.max(LEAST_KEYS, ROOM * steps.reduce((most, n) => Math.max(most, n), 0));
}

const LEAST_KEYS = 256;
/** Keys that fall into one set push each other out; where most of the table stays empty, hardly any do. */
const ROOM = 16;

async function filesOf(
  test: PolicyTest,
): Promise<BundleFiles | { readonly diagnostics: readonly Diagnostic[] }> {
  try {
    return await readBundleFiles(test.policies);
  } catch (error) {
    if (!(error instanceof InputError) || !test.policiesSpan) throw error;
    const diagnostics = new Diagnostics();
    diagnostics.error("no-such-policies", error.message, { span: test.policiesSpan, help: error.help });
    return { diagnostics: diagnostics.all };
  }
}

/** That there is no policy at all is the test's fault, which looks for them in the wrong place. */
function located(diagnostics: readonly Diagnostic[], test: PolicyTest): readonly Diagnostic[] {
  return diagnostics.map((diagnostic) =>
    diagnostic.name === "no-policies"
      ? {
          ...diagnostic,
          message: `there is no policy for the test \`${test.name}\``,
          span: test.policiesSpan ?? test.span,
          help: "name the folder with the policies under `spec.policies`, relative to this document",
        }
      : diagnostic,
  );
}
