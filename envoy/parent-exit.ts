// Sees to it that no Envoy outlives the process that started it.
import { findOnPath, runCommand } from "./command.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const running = new Set<number>();

/** Kills `pid` when this process exits, or dies of a signal that nobody else handles. */
export function killWithParent(pid: number): void {
  if (running.size === 0) {
    process.on("exit", killAll);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  running.add(pid);
}

/** To be called once `pid` has ended, before the number can mean another process. */
export function forget(pid: number): void {
  running.delete(pid);
  if (running.size > 0) return;
  process.off("exit", killAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function killAll(): void {
  for (const pid of running) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has just ended by itself.
    }
  }
  running.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  // Another handler means that the program decides how it ends; the "exit" handler still follows.
  if (process.listenerCount(signal) > 1) return;
  killAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

let deathSignal: Promise<string[]> | undefined;

/**
 * Words to put before a command so that Linux itself kills it with its parent, which helps where the parent is killed
 * by SIGKILL. Empty where util-linux's setpriv cannot do it. The command keeps the pid.
 */
export function deathSignalPrefix(): Promise<string[]> {
  deathSignal ??= (async () => {
    const setpriv = process.platform === "linux" ? findOnPath("setpriv", process.env) : undefined;
    if (setpriv === undefined) return [];
    const prefix = ["--pdeathsig", "KILL"];
    const probe = await runCommand(setpriv, [...prefix, "true"], { timeoutMs: 5_000 });
    return probe.code === 0 ? [setpriv, ...prefix] : [];
  })();
  return deathSignal;
}
