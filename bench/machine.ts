// The machine the figures come from, and which of its cores does what.
import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Envoy and its load on a core each, so that neither takes the other's time. Undefined: the system's choice. */
export interface Cores {
  readonly envoy: number | undefined;
  readonly load: number | undefined;
}

/** The first two cores this process may use; none where there is only one, or no taskset. */
export function chooseCores(): Cores {
  const [envoy, load] = taskset() === undefined ? [] : usableCores();
  return load === undefined ? { envoy: undefined, load: undefined } : { envoy, load };
}

/** A command and its arguments, made to run on one core. */
export function onCore(core: number | undefined, command: readonly string[]): string[] {
  const prefix = core === undefined ? undefined : taskset();
  return prefix === undefined ? [...command] : [prefix, "--cpu-list", String(core), ...command];
}

/** `2 cores (Intel …), linux 6.1 x64, Node 20.1.0`. */
export function describeMachine(): string {
  const cores = os.cpus();
  const model = cores[0]?.model.trim() ?? "unknown processor";
  const usable = os.availableParallelism();
  return [
    `${usable} ${usable === 1 ? "core" : "cores"} (${model})`,
    `${os.platform()} ${os.release()} ${os.arch()}`,
    `Node ${process.versions.node}`,
  ].join(", ");
}

/** The executable of a name, as PATH has it. */
export function findCommand(name: string): string | undefined {
  const candidates = (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, name));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

let foundTaskset: string | undefined | null = null;

function taskset(): string | undefined {
  if (foundTaskset !== null) return foundTaskset;
  foundTaskset = process.platform === "linux" ? findCommand("taskset") : undefined;
  const [core] = usableCores();
  if (foundTaskset === undefined || core === undefined) return (foundTaskset = undefined);
  try {
    // Some sandboxes have the command and forbid what it does.
    execFileSync(foundTaskset, ["--cpu-list", String(core), "true"], { stdio: "ignore", timeout: 5_000 });
  } catch {
    foundTaskset = undefined;
  }
  return foundTaskset;
}

/** A container may be confined to other cores than the first ones. */
function usableCores(): number[] {
  const status = readFileSync("/proc/self/status", "utf8");
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "";
  return list.split(",").flatMap((range) => {
    const [first = NaN, last = first] = range.split("-").map(Number);
    return first <= last ? Array.from({ length: last - first + 1 }, (_, i) => first + i) : [];
  });
}
