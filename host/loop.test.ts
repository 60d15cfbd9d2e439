// A filter that never comes back holds its thread, as it holds a worker thread of Envoy; the thread can be ended.
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, test } from "@jest/globals";
import { buildModule, i32, required } from "./testing/wasm-builder.ts";

const FOR_EVER = [0x03, 0x40, 0x0c, 0, 0x0b];
const looping = (body: readonly number[]): Uint8Array =>
  buildModule({
    exports: [...required, { name: "proxy_on_request_headers", type: "iii:i", body: [...body, ...i32(0)] }],
  });

// As a program would that runs filters it does not trust.
const PROGRAM = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData.host).then(({ FilterModule, HeaderMap, Vm }) => {
    const stream = Vm.start(FilterModule.compile(workerData.wasm)).openStream();
    parentPort.postMessage("started");
    stream.requestHeaders(new HeaderMap([[":method", "GET"]]), true);
    parentPort.postMessage("returned");
  });`;

function run(wasm: Uint8Array): { worker: Worker; said: string[]; until: (word: string) => Promise<void> } {
  const host = pathToFileURL("host/dist/index.js").href;
  const worker = new Worker(PROGRAM, { eval: true, workerData: { host, wasm } });
  const said: string[] = [];
  const waiting = new Map<string, () => void>();
  worker.on("message", (word: string) => {
    said.push(word);
    waiting.get(word)?.();
  });
  const until = (word: string): Promise<void> =>
    new Promise((resolve, reject) => {
      worker.on("error", reject);
      if (said.includes(word)) resolve();
      else waiting.set(word, resolve);
    });
  return { worker, said, until };
}

test("a loop without an end holds its own thread only", async () => {
  const stuck = run(looping(FOR_EVER));
  await stuck.until("started");
  const other = run(looping([]));
  await other.until("returned");
  expect(stuck.said).toEqual(["started"]);
  expect(await stuck.worker.terminate()).toBe(1);
  expect(stuck.said).toEqual(["started"]);
  await other.worker.terminate();
});
