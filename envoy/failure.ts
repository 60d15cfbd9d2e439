// Reads out of Envoy's log why it did not start.
import { EnvoyFailed } from "./errors.ts";

// "[2026-01-01 00:00:00.000][1][critical][wasm] [source/file.cc:1] message", as the default --log-format has it.
const LOG_LINE = /^\[[\d-]+ [\d:.]+\]\[\d+\]\[(\w+)\]\[(\w+)\] \[[^\]]*\] (.*)$/;

/** The error for an Envoy that ended (`how` says how) after it had logged `lines`. */
export function startFailure(lines: readonly string[], how: string): EnvoyFailed {
  const log = lines.join("\n");
  const taken = /cannot bind \\?'([^'\\]+)\\?': (.*?)(?:`|$)/m.exec(log);
  if (taken !== null && taken[1] !== undefined && /address already in use/i.test(taken[2] ?? "")) {
    return addressInUse(taken[1], log);
  }
  if (taken !== null)
    return new EnvoyFailed("config-rejected", `Envoy ${taken[0].replaceAll("\\'", "'")}`, log);

  if (/Envoy was compiled without support for it/.test(log)) {
    return new EnvoyFailed(
      "wasm-refused",
      "this Envoy was built without a Wasm runtime: it cannot load any filter",
      log,
    );
  }

  const entries = lines.map((line) => LOG_LINE.exec(line));
  const wasm = wasmFaults(lines);
  if (wasm.length > 0) {
    return new EnvoyFailed("wasm-refused", `Envoy refused a Wasm filter: ${wasm.join("; ")}`, log);
  }
  // After its critical line Envoy prints the bare reason, for an invalid message below a dump of that message.
  const bare = lines.filter((line) => line.trim() !== "" && !LOG_LINE.test(line)).at(-1);
  if (entries.some((entry) => entry?.[1] === "critical") && bare !== undefined) {
    return new EnvoyFailed(
      "config-rejected",
      `Envoy rejected its configuration: ${bare.replace(/^: /, "")}`,
      log,
    );
  }
  const last = lines.at(-1) ?? "it logged nothing";
  return new EnvoyFailed("exited", `Envoy ended before it was ready (${how}): ${last}`, log);
}

/** The error for a change that Envoy logged in `lines` that it refuses; undefined where none of them says so. */
export function updateRefused(lines: readonly string[]): EnvoyFailed | undefined {
  const log = lines.join("\n");
  const reasons = lines.flatMap((line) => {
    const [, , logger, message] = LOG_LINE.exec(line) ?? [];
    const reason = /^Filesystem config update (?:rejected|failure): (.*)$/.exec(message ?? "")?.[1];
    return logger === "config" && reason !== undefined ? [unescape(reason)] : [];
  });
  const reason = reasons.at(-1);
  if (reason === undefined) return undefined;
  const wasm = wasmFaults(lines);
  if (wasm.length > 0)
    return new EnvoyFailed("wasm-refused", `Envoy refused a Wasm filter: ${wasm.join("; ")}`, log);
  return new EnvoyFailed("config-rejected", `Envoy rejected its configuration: ${reason}`, log);
}

/** The error for an address ("ip:port") that something else listens on. */
export function addressInUse(address: string, log = ""): EnvoyFailed {
  return new EnvoyFailed("port-in-use", `${address} is already in use by another process`, log, address);
}

/** What the Wasm runtime and filters logged as errors, each once. */
function wasmFaults(lines: readonly string[]): string[] {
  const faults = lines.flatMap((line) => {
    const [, level = "", logger, message = ""] = LOG_LINE.exec(line) ?? [];
    return logger === "wasm" && ["error", "critical"].includes(level) ? [unescape(message)] : [];
  });
  return [...new Set(faults)];
}

function unescape(text: string): string {
  return text.replace(/\\(['"\\])/g, "$1");
}
