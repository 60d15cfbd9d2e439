import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry, type Guest } from "../testing/compile.ts";
import { check } from "../testing/property.ts";

interface Exports {
  beginTape(word: number): void;
  writeTape(text: number, size: number): number;
  rewindTape(word: number): void;
  readTape(): number;
  tapePointer(): number;
  freeTape(word: number): void;
}

let start: () => Guest<Exports>;

beforeAll(async () => {
  start = await entry<Exports>("tape");
});

/** Streams' words stand at the scratch area's beginning, and texts are written behind them. */
const STREAMS = 8;
const TEXT = 1024;

function write(guest: Guest<Exports>, stream: number, texts: readonly string[]): void {
  guest.exports.beginTape(guest.exports.scratch() + 4 * stream);
  for (const text of texts) expect(guest.exports.writeTape(guest.write(text, TEXT), text.length)).toBe(1);
}

function read(guest: Guest<Exports>, stream: number, count: number): string[] {
  guest.exports.rewindTape(guest.exports.scratch() + 4 * stream);
  return Array.from({ length: count }, () => {
    const size = guest.exports.readTape();
    return guest.text(guest.exports.tapePointer(), size);
  });
}

const text = fc.oneof(
  fc.string({ maxLength: 20 }).map((s) => Buffer.from(s, "utf8").toString("latin1")),
  fc.integer({ min: 240, max: 260 }).map((n) => "b".repeat(n)),
  fc.integer({ min: 4090, max: 4096 }).map((n) => "l".repeat(n)),
);

describe("texts that streams leave behind", () => {
  test("are read as they were written, whatever other streams do, and more than once", () => {
    const step = fc.record({
      stream: fc.nat(STREAMS - 1),
      texts: fc.option(fc.array(text, { maxLength: 6 }), { nil: undefined }),
    });
    check(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const guest = start();
        const kept = new Map<number, readonly string[]>();
        for (const { stream, texts } of steps) {
          if (texts === undefined) {
            guest.exports.freeTape(guest.exports.scratch() + 4 * stream);
            kept.delete(stream);
          } else {
            write(guest, stream, texts);
            kept.set(stream, texts);
          }
        }
        for (const [stream, texts] of [...kept, ...kept])
          expect(read(guest, stream, texts.length)).toEqual(texts);
      }),
      100,
    );
  });

  test("take no more memory than what is open at once needs", () => {
    const guest = start();
    const texts = Array.from({ length: 10 }, () => "x".repeat(4096));
    for (let stream = 0; stream < STREAMS; stream++) write(guest, stream, texts);
    const most = guest.memoryBytes;
    for (let round = 0; round < 200; round++) {
      // Written anew without being given back, or given back first.
      if (round % 2 === 0) guest.exports.freeTape(guest.exports.scratch() + 4 * (round % STREAMS));
      write(guest, round % STREAMS, texts);
    }
    expect(guest.memoryBytes).toBe(most);
  });

  test("of more than 4,096 bytes are not taken, and behind the last there is none", () => {
    const guest = start();
    const word = guest.exports.scratch();
    guest.exports.beginTape(word);
    expect(guest.exports.writeTape(word + TEXT, 4097)).toBe(0);
    expect(read(guest, 0, 1)).toEqual([""]);
    write(guest, 0, ["a"]);
    expect(read(guest, 0, 3)).toEqual(["a", "", ""]);
  });
});
