// A side on a thread of its own, as those see it who hand it batches.
import { Worker } from "node:worker_threads";
import type { VersionEngine } from "./version-engine.ts";
import { Side, type Results, type SideOptions } from "./side.ts";

/** Takes batches in order. */
export interface Taker {
  run(batch: Uint8Array<ArrayBuffer>): Promise<Results>;
  close(): Promise<void>;
}

/** What a thread is told: plain data. */
export interface ThreadOptions extends SideOptions {
  readonly wasm: Uint8Array;
}

/** `script`: the built `worker.ts`. */
export function threadedSide(options: ThreadOptions, script: URL): Taker {
  const worker = new Worker(script, {
    workerData: options,
    // Requests are garbage as soon as they are decided: the fewer collections, the better.
    resourceLimits: { maxYoungGenerationSizeMb: 96 },
  });
  const waiting: { resolve: (results: Results) => void; reject: (error: unknown) => void }[] = [];
  let failure: Error | undefined;
  worker.on("message", (results: Results) => waiting.shift()?.resolve(results));
  worker.on("error", (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
    for (const { reject } of waiting.splice(0)) reject(failure);
  });
  return {
    run: (batch) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiting.push({ resolve, reject });
        worker.postMessage(batch);
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}

/** A side on this thread. */
export function ownSide(engine: VersionEngine, options: SideOptions): Taker {
  const side = new Side(engine, options);
  return {
    run: (batch) => Promise.resolve(side.run(batch)),
    close: () => Promise.resolve(side.close()),
  };
}
