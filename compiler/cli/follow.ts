// Serves a filter, and follows changes to its policies: they are compiled anew and take over, or the version before goes on.
import path from "node:path";
import { watch, type FSWatcher } from "chokidar";
import { Assembler, type PackagedFilter } from "../index.ts";
import { compileOne } from "./bundle.ts";
import { countedAnew } from "./counted-anew.ts";
import { PoliciesAtFault, reportFailure } from "./failure.ts";
import { untilInterrupted } from "./options.ts";
import { count, err, formatBytes, formatDuration, out } from "./terminal.ts";

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
      watcher = watchPolicies(paths, () => changed());
      await ready(watcher);
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

/** Tells of changes to the files that `readBundleFiles` reads; what cannot be watched is said and does no harm. */
function watchPolicies(paths: readonly string[], changed: () => void): FSWatcher {
  const roots = paths.map((given) => path.resolve(given));
  const watcher = watch([...paths], { ignoreInitial: true, ignored: (file) => passedOver(file, roots) });
  watcher.on("all", (_event, file) => {
    // Key sets are in JSON.
    if (/\.(ya?ml|json)$/i.test(file) || roots.includes(path.resolve(file))) changed();
  });
  watcher.on("error", (error) => {
    const message = error instanceof Error ? error.message : String(error);
    err.line(err.palette.warning(`changes are not followed: ${message}`));
  });
  return watcher;
}

/** Hidden below each path that was given; the way to that path may well be hidden. */
function passedOver(file: string, roots: readonly string[]): boolean {
  const within = roots
    .map((root) => path.relative(root, path.resolve(file)))
    .filter((relative) => relative.split(path.sep)[0] !== "..");
  return (
    within.length > 0 &&
    within.every((relative) => /(^|[/\\])(\.[^/\\.]|node_modules([/\\]|$))/.test(relative))
  );
}

function ready(watcher: FSWatcher): Promise<void> {
  return new Promise((resolve) => {
    watcher.once("ready", () => resolve());
    watcher.once("error", () => resolve());
  });
}

/**
 * Runs `update` after changes have settled, one at a time, and once more where changes came meanwhile. `update` tells
 * whether it put another version in place. Once stopped, nothing more is said.
 */
function follow(update: () => Promise<boolean>): { changed: () => void; stop: () => void } {
  const SETTLED_MS = 40; // editors write a file in several steps
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  let again = false;
  let failed = false;
  let stopped = false;
  const start = async (): Promise<void> => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
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
    busy = false;
    if (again) {
      again = false;
      await start();
    }
  };
  return {
    changed: () => {
      clearTimeout(timer);
      if (!stopped) timer = setTimeout(() => void start(), SETTLED_MS);
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function summary(filter: PackagedFilter, milliseconds: number): string {
  const { policies, wasmBytes } = filter.manifest;
  return `${count(policies.length, "policy", "policies")} in ${formatDuration(milliseconds)}, ${formatBytes(wasmBytes)}`;
}
