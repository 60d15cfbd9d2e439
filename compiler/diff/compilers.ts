// Both versions compiled, to have the last word about what was found.
import { plan } from "../4-plan/planner.ts";
import { emit } from "../5-emit/emit.ts";
import { Assembler } from "../6-assemble/assembler.ts";
import { packageFilter } from "../7-package/package.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { hostEngine, type SynchronousEngine } from "../engines/index.ts";
import type { Target } from "../index.ts";
import { version } from "../version.ts";
import type { Sides } from "./change.ts";
import { tryable } from "./trial.ts";

/** Compiles both versions at once, on threads that are loaded while the caller does other things. */
export class Compilers {
  readonly #assemblers: Sides<Assembler> = { old: new Assembler(), new: new Assembler() };

  /** The filters of two targets, ready to decide; undefined where one of them cannot be run here. */
  async engines(targets: Sides<Target>): Promise<Sides<SynchronousEngine> | undefined> {
    const [before, after] = await Promise.all([
      compiled(targets.old, this.#assemblers.old),
      compiled(targets.new, this.#assemblers.new),
    ]);
    return before && after && { old: before, new: after };
  }

  async close(): Promise<void> {
    await Promise.all([this.#assemblers.old.close(), this.#assemblers.new.close()]);
  }
}

/** A filter whose parameters have to be given does not start without them. */
async function compiled(target: Target, assembler: Assembler): Promise<SynchronousEngine | undefined> {
  const program = tryable(target.program);
  if (program.parameters?.some((parameter) => parameter.default === undefined)) return undefined;
  const diagnostics = new Diagnostics();
  const planned = plan(program);
  const source = emit(planned, version);
  const wasm = await assembler.assemble(source, diagnostics);
  const parts = wasm && { wasm, source, target: { ...target, program, plan: planned } };
  const filter = parts && packageFilter(parts, diagnostics);
  return filter && hostEngine(filter);
}
