// Draws what a command is doing, from a thread of its own: the command itself may be busy computing for seconds.
import { writeSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { TextDecoder } from "node:util";
import { workerData } from "node:worker_threads";
import { DONE, DRAWN, HEADER_BYTES, LENGTH, alone } from "./progress-state.js";

/** @typedef {{ shared: SharedArrayBuffer, fd: number, delayMs: number }} Work */

const { shared, fd, delayMs } = /** @type {Work} */ (workerData);
const state = new Int32Array(shared, 0, HEADER_BYTES / 4);
const text = new Uint8Array(shared, HEADER_BYTES);
const REDRAW_MS = 100;
const started = performance.now();
let shown = "";

function draw() {
  if (Atomics.load(state, DONE) === 1) return;
  const said = new TextDecoder().decode(text.slice(0, Atomics.load(state, LENGTH)));
  const line = `${said} ${Math.floor((performance.now() - started) / 1000)} s`;
  if (line === shown && Atomics.load(state, DRAWN) === 1) return;
  writeSync(fd, `\r${line}\x1b[K`);
  shown = line;
  Atomics.store(state, DRAWN, 1);
}

for (let wait = delayMs; Atomics.wait(state, DONE, 0, wait) === "timed-out"; wait = REDRAW_MS)
  alone(state, draw);
