// Reading and compiling a bundle, and showing what was found: the part that most commands share.
import {
  check,
  compile,
  readBundleFiles,
  type Assembler,
  type Checked,
  type CompileOptions,
  type PackagedFilter,
  type Target,
} from "../index.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { printable } from "../diagnostics/printable.ts";
import { renderDiagnostics } from "../diagnostics/render.ts";
import { CommandFailure, PoliciesAtFault } from "./failure.ts";
import { during, err } from "./terminal.ts";

/** Help for the argument that names policies. */
export const pathsHelp = "policy files, or folders that hold them";

/** Checks a bundle; nothing is shown. */
export async function checkBundle(paths: readonly string[]): Promise<Checked> {
  return during("checking policies", async () => check(await readBundleFiles(paths)));
}

/**
 * Compiles a bundle and shows what was found: a filter for each workload, at least one. Throws `PoliciesAtFault` where the
 * policies have errors.
 */
export async function compileBundle(
  paths: readonly string[],
  assembler: Assembler,
  options: CompileOptions = {},
): Promise<readonly [PackagedFilter, ...PackagedFilter[]]> {
  const { filters, diagnostics } = await during("compiling policies", async () =>
    compile(await readBundleFiles(paths), assembler, options),
  );
  showDiagnostics(diagnostics);
  const [first, ...others] = filters;
  if (!first) throw new PoliciesAtFault();
  return [first, ...others];
}

/**
 * Compiles the filter of one workload, which `--workload` names where there are several. Throws CommandFailure where it
 * does not, and what `compileBundle` throws.
 */
export async function compileOne(
  paths: readonly string[],
  assembler: Assembler,
  workload: string | undefined,
): Promise<PackagedFilter> {
  const [filter] = await compileBundle(paths, assembler, {
    choose: (targets) => [chooseTarget(targets, workload)],
  });
  return filter;
}

/** The target of a workload, or the only one. Throws CommandFailure where that cannot be told. */
export function chooseTarget(targets: readonly Target[], workload: string | undefined): Target {
  const names = targets.flatMap((target) => target.workload ?? []);
  const known = names.map((name) => `\`${name}\``).join(", ");
  const [only, ...others] = targets;
  if (workload === undefined) {
    if (only && others.length === 0) return only;
    throw new CommandFailure(
      "this bundle is for several workloads, and one filter is wanted",
      `name one of them with \`--workload\`: ${known}`,
    );
  }
  const found = targets.find((target) => target.workload === workload);
  if (found) return found;
  if (names.length === 0)
    throw new CommandFailure(
      "this bundle names no workloads",
      "leave `--workload` out, or name them in a `Bundle` document, under `spec.workloads`",
    );
  throw new CommandFailure(
    `this bundle has no workload \`${printable(workload)}\``,
    `its workloads are ${known}`,
  );
}

/** More of one file helps nobody: mostly the first faults cause the others, or it is no policy file at all. */
const SHOWN_PER_FILE = 20;

/** Writes findings to stderr. */
export function showDiagnostics(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length > 0)
    err.line(renderDiagnostics(diagnostics, err.palette, SHOWN_PER_FILE, err.width));
}
