// Serves a filter, and follows changes to its policies: they are compiled anew and take over, or the version before goes on.
import type { FSWatcher } from "chokidar";
import { Assembler, type PackagedFilter } from "../index.ts";
import { compileOne } from "./bundle.ts";
import { countedAnew } from "./counted-anew.ts";
import { PoliciesAtFault, reportFailure } from "./failure.ts";
import { untilInterrupted } from "./options.ts";
import { count, err, formatBytes, formatDuration, out } from "./terminal.ts";
import { afterChanges, watchPolicies, type Settling } from "./watch.ts";

/** What runs a filter. */
export interface Serving {
  /** Where it listens, to be said. */
  readonly listening: string;
  /** Puts another version in place; throws where that cannot be, and the one before goes on. */
  replace(next: PackagedFilter): Promise<void> | void;
  /** Rejects when it ends by itself. Absent: it does not. */
  readonly broken?: Promise<never>;
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly watch: boolean;
  readonly workload?: string;
}

/** Compiles the policies, starts what runs them, and follows changes until the person ends it. */
export async function serve(
  paths: readonly string[],
  { watch: follows, workload }: ServeOptions,
  start: (filter: PackagedFilter) => Promise<Serving>,
): Promise<void> {
  const assembler = new Assembler();
  let watcher: FSWatcher | undefined;
  let serving: Serving | undefined;
  let stop = (): void => undefined;
  const interrupted = untilInterrupted();
  try {
    // Watching begins before the first compilation, so that no change falls between the two.
    const meanwhile = { changed: false };
    let changed = (): void => {
      meanwhile.changed = true;
    };
    if (follows) {
      watcher = await watchPolicies(paths, () => changed());
    }
    const started = performance.now();
    const filter = await compileOne(paths, assembler, workload);
    const elapsed = performance.now() - started;
    if (!follows) await assembler.close();
    serving = await start(filter);
    err.line(`${err.palette.good("compiled")} ${summary(filter, elapsed)}`);
    out.line(serving.listening);
    const running = serving;
    let current = filter;
    const following = follow(async () => {
      const again = performance.now();
      const next = await compileOne(paths, assembler, workload);
      if (next.manifest.digest === current.manifest.digest) return false;
      await running.replace(next);
      err.line(`${err.palette.good("recompiled")} ${summary(next, performance.now() - again)}`);
      const anew = countedAnew(current, next);
      if (anew.length > 0) err.line(`rate limits that count from zero: ${anew.join(", ")}`);
      current = next;
      return true;
    });
    changed = following.changed;
    if (meanwhile.changed) changed();
    stop = following.stop;
    await Promise.race([interrupted, ...(running.broken ? [running.broken] : [])]);
  } finally {
    stop();
    await watcher?.close();
    await serving?.close();
    await assembler.close();
  }
}

/**
 * Runs `update` after changes have settled, one at a time, and once more where changes came meanwhile. `update` tells
 * whether it put another version in place. Once stopped, nothing more is said.
 */
function follow(update: () => Promise<boolean>): Settling {
  let failed = false;
  let stopped = false;
  const settling = afterChanges(async () => {
    try {
      const changed = await update();
      if (failed && !changed)
        err.line(err.palette.good("the policies are valid again, the version unchanged"));
      failed = false;
    } catch (error) {
      // What was under way is cut off.
      if (stopped) return;
      failed = true;
      if (!(error instanceof PoliciesAtFault)) reportFailure(error);
      err.line(err.palette.warning("the version before this change goes on"));
    }
  });
  return {
    changed: settling.changed,
    stop: () => {
      stopped = true;
      settling.stop();
    },
  };
}

function summary(filter: PackagedFilter, milliseconds: number): string {
  const { policies, wasmBytes } = filter.manifest;
  return `${count(policies.length, "policy", "policies")} in ${formatDuration(milliseconds)}, ${formatBytes(wasmBytes)}`;
}
