// Policies for tests, compiled once and kept while a test file runs.
import { stringify } from "yaml";
import {
  Assembler,
  compile,
  readBundleFiles,
  renderDiagnostics,
  type BundleFiles,
} from "../../compiler/index.ts";
import type { PackagedFilter, Program } from "../../compiler/index.ts";

export interface CompiledPolicies {
  readonly program: Program;
  readonly filter: PackagedFilter;
}

/** Compiles files and folders; fails with the diagnostics as a person would see them. */
export async function compilePaths(
  paths: readonly string[],
  assembler: Assembler,
): Promise<CompiledPolicies> {
  return compileFiles(await readBundleFiles(paths), assembler);
}

/** Compiles documents given as plain objects. */
export function compileDocuments(
  documents: readonly object[],
  assembler: Assembler,
): Promise<CompiledPolicies> {
  const text = documents.map((document) => stringify(document)).join("---\n");
  const file = { path: "generated.yaml", shown: "generated.yaml", text };
  return compileFiles({ files: [file], defaultName: "generated" }, assembler);
}

async function compileFiles(bundle: BundleFiles, assembler: Assembler): Promise<CompiledPolicies> {
  const { filters, targets, diagnostics } = await compile(bundle, assembler);
  const [filter, second] = filters;
  const [target] = targets;
  if (!filter || !target) throw new Error(renderDiagnostics(diagnostics));
  if (second) throw new Error("these policies are for several workloads");
  return { filter, program: target.program };
}
