// An envoy.yaml in a real Envoy.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { startEnvoy } from "../../envoy/index.ts";
import { sendRequest } from "./http-client.ts";
import type { LogLine, StartEngine } from "./running.ts";

/** Starts bootstraps in the Envoy at `executable`. */
export function envoyEngine(executable: string): StartEngine {
  return async (bootstrap, options, log) => {
    const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-example-"));
    try {
      const envoy = await startEnvoy({
        envoy: executable,
        // Histograms are added up when somebody looks, rather than every five seconds.
        bootstrap: { ...bootstrap, stats_flush_on_admin: true },
        directory,
        concurrency: options.concurrency ?? 1,
        ...(below(options.logLevel) ? { logLevel: options.logLevel as string } : {}),
        onLog: (line) => {
          const parsed = parseLogLine(line);
          if (parsed !== undefined) log(parsed);
        },
      });
      return {
        ports: envoy.ports,
        stats: () => readCustomStats(envoy.adminPort),
        async stop() {
          await envoy.stop();
          await rm(directory, { recursive: true, force: true });
        },
      };
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  };
}

/** Envoy as it is started by default logs what filters say at info and above. */
function below(level: string | undefined): boolean {
  return level === "trace" || level === "debug";
}

const LOG_LINE = /^\[[^\]]*\]\[\d+\]\[(\w+)\]\[wasm\] \[[^\]]*\] wasm log(?: [^:]*)?: (.*)$/;
const LEVEL_NAMES = new Map([["warning", "warn"]]);

/** What a filter logged, or undefined where the line is Envoy's own. */
export function parseLogLine(line: string): LogLine | undefined {
  const [, level = "", text = ""] = LOG_LINE.exec(line) ?? [];
  if (level === "") return undefined;
  return { level: LEVEL_NAMES.get(level) ?? level, message: unescape(text) };
}

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t" };

/** Undoes `--log-format-escaped`: C escapes, bytes that are not ASCII in octal. */
function unescape(text: string): string {
  const bytes = text.replace(/\\([0-7]{3}|.)/g, (_, escape: string) =>
    escape.length === 3 ? String.fromCharCode(parseInt(escape, 8)) : (ESCAPES[escape] ?? escape),
  );
  return Buffer.from(bytes, "latin1").toString();
}

interface Stat {
  name?: string;
  value?: unknown;
  histograms?: { name: string; buckets: { cumulative: number }[] }[];
}

const PREFIX = "wasmcustom.";

async function readCustomStats(adminPort: number): Promise<Record<string, number>> {
  const answer = await sendRequest(adminPort, {
    path: `/stats?format=json&histogram_buckets=cumulative&filter=${encodeURIComponent("^wasmcustom\\.")}`,
  });
  const found: Record<string, number> = {};
  for (const { name, value, histograms = [] } of answer.json<{ stats: Stat[] }>().stats) {
    if (name !== undefined && typeof value === "number") found[name.slice(PREFIX.length)] = value;
    for (const histogram of histograms)
      found[histogram.name.slice(PREFIX.length)] = histogram.buckets.at(-1)?.cumulative ?? 0;
  }
  return found;
}
