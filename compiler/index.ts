// tollgate as a library. `compile` is the architecture: policies go in at the top, a WebAssembly filter comes out at the
// bottom, and each line in between is a folder.
import { parseDocuments } from "./1-parse/documents.ts";
import type { BundleFiles } from "./1-parse/files.ts";
import { checkDocuments } from "./2-check/check.ts";
import { lower } from "./3-lower/lower.ts";
import type { Plan } from "./4-plan/plan.ts";
import { plan, PlanFault } from "./4-plan/planner.ts";
import { emit } from "./5-emit/emit.ts";
import type { Assembler } from "./6-assemble/assembler.ts";
import { packageFilter, type PackagedFilter } from "./7-package/package.ts";
import { Diagnostics, type Diagnostic } from "./diagnostics/diagnostic.ts";
import type { Program } from "./ir/program.ts";
import { firstLine } from "./schema/schema.ts";
import { version } from "./version.ts";

export { InputError, readBundleFiles, type BundleFiles } from "./1-parse/files.ts";
export { Assembler } from "./6-assemble/assembler.ts";
export { readManifest, type Manifest } from "./7-package/manifest.ts";
export type { PackagedFilter } from "./7-package/package.ts";
export type { Diagnostic } from "./diagnostics/diagnostic.ts";
export { renderDiagnostic, renderDiagnostics } from "./diagnostics/render.ts";
export type { Program } from "./ir/program.ts";
export { version } from "./version.ts";

/** What checking found, and the program where nothing was wrong. */
export interface Checked {
  readonly program: Program | undefined;
  readonly plan: Plan | undefined;
  readonly policies: number;
  /** In the order of files and places. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What compiling gave; `filter` is absent where `diagnostics` holds an error. */
export interface Compiled extends Checked {
  readonly filter: PackagedFilter | undefined;
}

/** The steps up to the plan: all that can be wrong with policies is found here. */
export function check(bundle: BundleFiles): Checked {
  return checkInto(bundle, new Diagnostics());
}

/** Policies → filter. The assembler is the caller's, so that it can be kept for the next time. */
export async function compile(bundle: BundleFiles, assembler: Assembler): Promise<Compiled> {
  const diagnostics = new Diagnostics();
  const checked = checkInto(bundle, diagnostics);
  if (!checked.program || !checked.plan) return { ...checked, filter: undefined };
  const source = emit(checked.plan, version);
  const wasm = await assembler.assemble(source, diagnostics);
  const filter =
    wasm && packageFilter({ wasm, source, plan: checked.plan, program: checked.program }, diagnostics);
  return { ...checked, filter, diagnostics: diagnostics.sorted() };
}

function checkInto(bundle: BundleFiles, diagnostics: Diagnostics): Checked {
  const documents = bundle.files.flatMap((file) => parseDocuments(file, diagnostics));
  const checked = checkDocuments(documents, bundle.defaultName, diagnostics);
  const policies = checked.policies.length;
  if (policies === 0 && !diagnostics.hasErrors) {
    diagnostics.error("no-policies", "there is no policy to compile", {
      help: "a policy is a YAML document (`.yaml` or `.yml`) of kind `AuthorizationPolicy`, `RateLimitPolicy` or `HeaderRoutePolicy`",
    });
  }
  const failed = (): Checked => ({
    program: undefined,
    plan: undefined,
    policies,
    diagnostics: diagnostics.sorted(),
  });
  if (diagnostics.hasErrors) return failed();
  const program = lower(checked);
  try {
    return { program, plan: plan(program), policies, diagnostics: diagnostics.sorted() };
  } catch (error) {
    if (!(error instanceof PlanFault)) throw error;
    diagnostics.error("limit-out-of-range", error.message, {
      ...(error.span && { span: firstLine(error.span) }),
      help: error.help,
    });
    return failed();
  }
}
