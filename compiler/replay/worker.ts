// The thread of one side.
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadOptions } from "./side-thread.ts";
import { Side } from "./side.ts";
import { FilterEngine } from "./version-engine.ts";

const port = parentPort;
if (!port) throw new Error("this runs in a thread of its own");
const { wasm, ...options } = workerData as ThreadOptions;
const side = new Side(new FilterEngine(wasm), options);
port.on("message", (batch: Uint8Array) => {
  const results = side.run(batch);
  port.postMessage(results, [results.endings.buffer, results.own.buffer]);
});
