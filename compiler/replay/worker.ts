// The thread of one side.
import { parentPort, workerData } from "node:worker_threads";
import { Side, type SideOptions } from "./side.ts";

const port = parentPort;
if (!port) throw new Error("this runs in a thread of its own");
const side = new Side(workerData as SideOptions);
port.on("message", (batch: Uint8Array) => {
  const results = side.run(batch);
  port.postMessage(results, [results.endings.buffer, results.own.buffer]);
});
