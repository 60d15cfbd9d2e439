// tollgate as a library. `compile` is the architecture: policies go in at the top, a WebAssembly filter comes out at the
// bottom, and each line in between is a folder.
import { parseDocuments } from "./1-parse/documents.ts";
import type { BundleFiles } from "./1-parse/files.ts";
import type { Budget } from "./2-check/budget.ts";
import { DEFAULT_NORMALIZATION, type PathNormalization } from "./2-check/path-normalization.ts";
import { checkDocuments, type CheckedBundle, type CheckedPolicy } from "./2-check/check.ts";
import { lower } from "./3-lower/lower.ts";
import { adviseOnPaths } from "./3-lower/unseen-paths.ts";
import type { Plan } from "./4-plan/plan.ts";
import { plan, PlanFault } from "./4-plan/planner.ts";
import { emit, type EmittedSource } from "./5-emit/emit.ts";
import type { Assembler } from "./6-assemble/assembler.ts";
import { checkHostCalls } from "./budget/host-calls.ts";
import { checkWasmBytes } from "./budget/wasm-bytes.ts";
import { packageFilter, type PackagedFilter } from "./7-package/package.ts";
import { Diagnostics, type Diagnostic } from "./diagnostics/diagnostic.ts";
import type { Program } from "./ir/program.ts";
import { policyKinds } from "./kinds/index.ts";
import { policyName } from "./kinds/kind.ts";
import { firstLine } from "./schema/schema.ts";
import { version } from "./version.ts";

export type { PathNormalization } from "./2-check/path-normalization.ts";
export { InputError, readBundleFiles, type BundleFiles } from "./1-parse/files.ts";
export { Assembler } from "./6-assemble/assembler.ts";
export { readManifest, type Manifest } from "./7-package/manifest.ts";
export type { PackagedFilter } from "./7-package/package.ts";
export type { Diagnostic } from "./diagnostics/diagnostic.ts";
export { renderDiagnostic, renderDiagnostics } from "./diagnostics/render.ts";
export type { Change, ChangeKind, Decider, Step, Witness } from "./diff/change.ts";
export { diff, type BundleDiff, type DiffOptions, type WorkloadDiff } from "./diff/diff.ts";
export type { Verdict } from "./diff/workload.ts";
export { readVersion } from "./diff/versions/read-version.ts";
export type { Program } from "./ir/program.ts";
export { combinedSchema, schemaOf } from "./json-schema/schema.ts";
export type { JsonSchema } from "./schema/json-schema.ts";
export { version } from "./version.ts";

/** What one filter is made of: of a bundle's policies all, or those that are for one workload. */
export interface Target {
  /** The filter's name, as its files have it: `<bundle>`, or `<bundle>.<workload>`. */
  readonly name: string;
  /** Absent where the bundle names no workloads. */
  readonly workload?: string;
  readonly program: Program;
  readonly plan: Plan;
  /** What listeners in front of the filter have to do to paths. */
  readonly pathNormalization: PathNormalization;
  readonly budget: Budget | undefined;
}

/** What checking found. */
export interface Checked {
  readonly bundle: string;
  /**
   * What the filters are made of, in the order in which the bundle names its workloads; exactly one where it names none.
   * Empty where `diagnostics` holds an error.
   */
  readonly targets: readonly Target[];
  /** How many policies there are, whether or not they are for anybody. */
  readonly policies: number;
  /** In the order of files and places. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What compiling gave. */
export interface Compiled extends Checked {
  /** One for each target, in order; empty where `diagnostics` holds an error. */
  readonly filters: readonly PackagedFilter[];
}

export interface CompileOptions {
  /** Says which of the targets to compile; what it throws, `compile` rejects with. Default: all. */
  readonly choose?: (targets: readonly Target[]) => readonly Target[];
}

/** The steps up to the plan: all that can be wrong with policies is found here, but for the size of what they become. */
export function check(bundle: BundleFiles): Checked {
  return checkInto(bundle, new Diagnostics());
}

/**
 * Policies → filters. The assembler is the caller's, so that it can be kept for the next time.
 *
 * @example
 * const { filters, diagnostics } = await compile(await readBundleFiles(["policies"]), assembler);
 * const [filter] = filters; // the only one, where the bundle names no workloads
 * if (!filter) throw new Error(renderDiagnostics(diagnostics));
 */
export async function compile(
  bundle: BundleFiles,
  assembler: Assembler,
  options: CompileOptions = {},
): Promise<Compiled> {
  const diagnostics = new Diagnostics();
  const checked = checkInto(bundle, diagnostics);
  const targets =
    options.choose && checked.targets.length > 0 ? options.choose(checked.targets) : checked.targets;
  const filters: PackagedFilter[] = [];
  // Workloads with the same policies share a plan, and so a program: only the note in it differs.
  const assembled = new Map<Plan, { source: EmittedSource; wasm: Uint8Array | undefined }>();
  for (const target of targets) {
    let parts = assembled.get(target.plan);
    if (!parts) {
      const source = emit(target.plan, version);
      parts = { source, wasm: await assembler.assemble(source, diagnostics) };
      assembled.set(target.plan, parts);
    }
    const { source, wasm } = parts;
    const filter = wasm && packageFilter({ wasm, source, target }, diagnostics);
    if (!filter) continue;
    checkWasmBytes(target.name, filter.wasm, target.budget?.wasmBytes, diagnostics);
    filters.push(filter);
  }
  const failed = diagnostics.hasErrors;
  return { ...checked, filters: failed ? [] : filters, diagnostics: diagnostics.sorted() };
}

function checkInto(bundle: BundleFiles, diagnostics: Diagnostics): Checked {
  const documents = bundle.files.flatMap((file) => parseDocuments(file, diagnostics));
  const checked = checkDocuments(documents, bundle.defaultName, diagnostics);
  const policies = checked.policies.length;
  if (policies === 0 && !diagnostics.hasErrors) {
    const kinds = policyKinds.map(({ kind }) => `\`${kind}\``).join(", ");
    diagnostics.error("no-policies", "there is no policy to compile", {
      help: `a policy is a YAML document (\`.yaml\` or \`.yml\`) of one of the kinds ${kinds}`,
    });
  }
  const targets = diagnostics.hasErrors ? [] : targetsOf(checked, diagnostics);
  return {
    bundle: checked.name,
    targets: diagnostics.hasErrors ? [] : targets,
    policies,
    diagnostics: diagnostics.sorted(),
  };
}

function targetsOf(bundle: CheckedBundle, diagnostics: Diagnostics): Target[] {
  const { budget, pathNormalization } = bundle.spec ?? {};
  const planned = new Map<string, { program: Program; plan: Plan } | undefined>();
  return bundle.selections.flatMap(({ workload, policies }): Target[] => {
    const key = policies.map((policy) => bundle.policies.indexOf(policy)).join(" ");
    if (!planned.has(key)) planned.set(key, planInto(bundle, policies, diagnostics));
    const found = planned.get(key);
    if (!found) return [];
    adviseOnPaths(found.program, pathNormalization ?? DEFAULT_NORMALIZATION, diagnostics);
    const name = workload === undefined ? bundle.name : `${bundle.name}.${workload}`;
    const parts = policies.map((policy) => ({
      name: `${policy.kind.kind} ${policyName(policy.identity)}`,
      without: () =>
        planInto(
          bundle,
          policies.filter((other) => other !== policy),
          new Diagnostics(),
        )?.plan.price,
    }));
    checkHostCalls({ name, price: found.plan.price, parts }, budget?.hostCalls, diagnostics);
    return [
      {
        name,
        ...(workload !== undefined && { workload }),
        ...found,
        pathNormalization: pathNormalization?.value ?? DEFAULT_NORMALIZATION,
        budget,
      },
    ];
  });
}

function planInto(
  bundle: CheckedBundle,
  policies: readonly CheckedPolicy[],
  diagnostics: Diagnostics,
): { program: Program; plan: Plan } | undefined {
  const program = lower(bundle, policies);
  try {
    return { program, plan: plan(program) };
  } catch (error) {
    if (!(error instanceof PlanFault)) throw error;
    diagnostics.error("limit-out-of-range", error.message, {
      ...(error.span && { span: firstLine(error.span) }),
      help: error.help,
    });
    return undefined;
  }
}
