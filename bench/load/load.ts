// Load: one HTTP/2 connection with a hundred streams at a time. So many requests share a system call that the filter's own
// cost stands out.
import type { Cores } from "../machine.ts";
import { findCommand } from "../machine.ts";
import { h2loadGenerator } from "./h2load.ts";
import { nodeGenerator } from "./node-generator.ts";

export const streamsAtATime = 100;

/** The request that is sent over and over. */
export interface LoadRequest {
  readonly authority: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A header that takes the next of these values with each request of a port, and begins again behind the last. Node only. */
  readonly rotating?: { readonly name: string; readonly values: readonly string[] };
}

export interface LoadJob {
  readonly port: number;
  readonly requests: number;
  readonly request: LoadRequest;
  /** Each request has a `x-user` of its own, numbered from here. Node only. */
  readonly usersFrom?: number;
}

export interface LoadResult {
  readonly seconds: number;
  /** Requests answered with 2xx; where it is not all of them, nothing was measured. */
  readonly succeeded: number;
  /** What became of the others, in words. */
  readonly others: string;
}

export interface Generator {
  readonly name: string;
  run(job: LoadJob): Promise<LoadResult>;
  close(): void;
}

/** The generator asked for; h2load where it is there and nothing was asked for. */
export function startGenerator(kind: "h2load" | "node" | undefined, cores: Cores): Generator {
  const h2load = kind === "node" ? undefined : findCommand("h2load");
  if (h2load !== undefined) return h2loadGenerator(h2load, cores.load);
  if (kind === "h2load") throw new Error("there is no `h2load` on PATH (Debian: nghttp2-client)");
  return nodeGenerator(cores.load);
}

/** Sends a load of which every request must be answered with 2xx. */
export async function sendLoad(generator: Generator, job: LoadJob): Promise<LoadResult> {
  const result = await generator.run(job);
  if (result.succeeded !== job.requests) {
    throw new Error(
      `${result.succeeded} of ${job.requests} requests were answered with 2xx; the others: ${result.others}`,
    );
  }
  return result;
}

/** How long a job may take at the very most. */
export function deadlineMs(job: LoadJob): number {
  return 30_000 + job.requests;
}
