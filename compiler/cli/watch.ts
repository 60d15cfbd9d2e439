// Following changes to policy files.
import path from "node:path";
import { watch, type FSWatcher } from "chokidar";
import { err } from "./terminal.ts";

/** Tells of changes to the files that `readBundleFiles` reads; what cannot be watched is said and does no harm. */
export async function watchPolicies(paths: readonly string[], changed: () => void): Promise<FSWatcher> {
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
  await ready(watcher);
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

/** Runs something after changes. */
export interface Settling {
  /** Something has changed. */
  readonly changed: () => void;
  readonly stop: () => void;
}

/** Editors write a file in several steps. */
const SETTLED_MS = 40;

/** Runs `update`, which never rejects, after changes have settled, one at a time, and once more where changes came meanwhile. */
export function afterChanges(update: () => Promise<void>): Settling {
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  let again = false;
  let stopped = false;
  const start = async (): Promise<void> => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    await update();
    busy = false;
    if (again && !stopped) {
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
