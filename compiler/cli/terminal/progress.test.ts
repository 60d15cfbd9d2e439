// The line that says what a command is doing, drawn into a file instead of a terminal.
import { openSync, closeSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { temporaryFolder } from "../../testing/command.ts";
import { ProgressLine } from "./progress.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let fd: number;
let n = 0;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());
beforeEach(() => {
  fd = openSync(path.join(folder.path, `screen-${++n}`), "a+");
});
afterEach(() => closeSync(fd));

const CLEARED = "\r\x1b[K";

function written(): string {
  return readFileSync(path.join(folder.path, `screen-${n}`), "utf8");
}

/** Waits as a command does that computes: nothing else runs on this thread meanwhile. */
function busyUntil(pattern: RegExp): void {
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  for (const deadline = Date.now() + 20_000; !pattern.test(written()); Atomics.wait(sleep, 0, 0, 5))
    if (Date.now() > deadline) throw new Error(`no ${String(pattern)} in ${JSON.stringify(written())}`);
}

test("is drawn while the thread is busy, follows what is said, and goes away", () => {
  const progress = new ProgressLine({ fd, columns: 80, delayMs: 1 }).begin("reading");
  busyUntil(/\rreading 0 s/);
  progress.say("7 lines");
  busyUntil(/\rreading: 7 lines \d+ s/);
  progress.done();
  expect(written().endsWith(CLEARED)).toBe(true);
});

test("nothing is written of what ends soon", () => {
  const progress = new ProgressLine({ fd, columns: 80, delayMs: 1e6 }).begin("reading");
  progress.done();
  expect(written()).toBe("");
});

test("what begins within something else takes its line, and gives it back", () => {
  const line = new ProgressLine({ fd, columns: 80, delayMs: 1 });
  const outer = line.begin("comparing");
  busyUntil(/comparing/);
  const inner = line.begin("compiling");
  busyUntil(/compiling/);
  outer.say("2 of 9");
  inner.done();
  busyUntil(/compiling.*\rcomparing: 2 of 9/s);
  outer.done();
  inner.done();
  expect(written().endsWith(CLEARED)).toBe(true);
});

test("makes room for other lines", () => {
  const line = new ProgressLine({ fd, columns: 80, delayMs: 1 });
  const progress = line.begin("reading");
  busyUntil(/reading/);
  let before = "";
  line.beside(() => {
    before = written();
  });
  expect(before.endsWith(CLEARED)).toBe(true);
  const drawn = before.length;
  busyUntil(new RegExp(`^.{${drawn}}.*reading`, "s"));
  progress.done();
});

test("is cut to the terminal, and what files say does not steer it", () => {
  const progress = new ProgressLine({ fd, columns: 30, delayMs: 1 }).begin(
    "reading \x1b[2J日本日本日本日本日本日本",
  );
  busyUntil(/…/);
  progress.done();
  expect(written().slice(0, -CLEARED.length)).toMatch(/^\rreading \\u001b\[2J(日本)+日?… 0 s/);
});
