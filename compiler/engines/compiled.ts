// One program → the filter as it ships, for those who run it themselves.
import { plan } from "../4-plan/planner.ts";
import { emit } from "../5-emit/emit.ts";
import type { Assembler } from "../6-assemble/assembler.ts";
import { packageFilter, type PackagedFilter } from "../7-package/package.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Target } from "../index.ts";
import type { Program } from "../ir/program.ts";
import { version } from "../version.ts";

/** The filter of a target that decides by another program, such as a `standalone` one. Undefined where it does not assemble. */
export async function compiledAs(
  target: Target,
  program: Program,
  assembler: Assembler,
): Promise<PackagedFilter | undefined> {
  const diagnostics = new Diagnostics();
  const planned = plan(program);
  const source = emit(planned, version);
  const wasm = await assembler.assemble(source, diagnostics);
  return wasm && packageFilter({ wasm, source, target: { ...target, program, plan: planned } }, diagnostics);
}
