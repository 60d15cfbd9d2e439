// Reading and compiling a bundle, and showing what was found: the part that most commands share.
import {
  check,
  compile,
  readBundleFiles,
  type Assembler,
  type Checked,
  type PackagedFilter,
} from "../index.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { renderDiagnostics } from "../diagnostics/render.ts";
import { PoliciesAtFault } from "./failure.ts";
import { err } from "./terminal.ts";

/** Help for the argument that names policies. */
export const pathsHelp = "policy files, or folders that hold them";

/** Checks a bundle; nothing is shown. */
export async function checkBundle(paths: readonly string[]): Promise<Checked> {
  return check(await readBundleFiles(paths));
}

/** Compiles a bundle and shows what was found. Throws `PoliciesAtFault` where the policies have errors. */
export async function compileBundle(paths: readonly string[], assembler: Assembler): Promise<PackagedFilter> {
  const { filter, diagnostics } = await compile(await readBundleFiles(paths), assembler);
  showDiagnostics(diagnostics);
  if (!filter) throw new PoliciesAtFault();
  return filter;
}

/** More of one file helps nobody: mostly the first faults cause the others, or it is no policy file at all. */
const SHOWN_PER_FILE = 20;

/** Writes findings to stderr. */
export function showDiagnostics(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length > 0) err.line(renderDiagnostics(diagnostics, err.palette, SHOWN_PER_FILE));
}
