// The SDK's arena for the host's answers, which every filter's memory stands and falls with.
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry, type Guest } from "./testing/compile.ts";
import { check } from "./testing/property.ts";

interface Exports {
  allocate(size: number): number;
  resetArena(): void;
  growElsewhere(pages: number): number;
}

let start: () => Guest<Exports>;

beforeAll(async () => {
  // Four MiB at most: running out of four GiB would take a minute.
  start = await entry<Exports>("arena", ["--maximumMemory", "64"]);
});

/** One callback that is answered with these sizes. */
function callback(guest: Guest<Exports>, sizes: readonly number[]): void {
  guest.exports.resetArena();
  const taken = sizes.map((size) => {
    const from = guest.exports.allocate(size) >>> 0;
    // One check in place of many: `expect` costs more than all the rest here.
    if (from === 0 || from % 8 !== 0 || from + size > guest.memoryBytes) {
      throw new Error(`an answer of ${size} bytes at ${from} of ${guest.memoryBytes}`);
    }
    return { from, to: from + size };
  });
  const inOrder = taken.filter(({ from, to }) => to > from).sort((a, b) => a.from - b.from);
  const scratch = guest.exports.scratch();
  inOrder.forEach(({ from, to }, i) => {
    if (from < (inOrder[i - 1]?.to ?? 0)) throw new Error(`the answer at ${from} overlaps the one before it`);
    if (to > scratch && from < scratch + 65536) throw new Error(`the answer at ${from} is in static memory`);
  });
}

const size = fc.oneof(
  { weight: 4, arbitrary: fc.nat(300) },
  { weight: 2, arbitrary: fc.integer({ min: 4000, max: 20_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 300_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 7, 8, 9, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537) },
);
const sizes = fc.array(size, { maxLength: 12 });

describe("answers", () => {
  test("of one callback are aligned and never overlap, also when memory grows elsewhere", () => {
    const grown = fc.array(fc.tuple(sizes, fc.constantFrom(0, 0, 0, 1, 3)), { maxLength: 8 });
    const property = fc.property(grown, (callbacks) => {
      const guest = start();
      for (const [answers, pages] of callbacks) {
        callback(guest, answers);
        if (pages > 0) guest.exports.growElsewhere(pages);
      }
    });
    check(property, 200);
  });

  test("that memory grows between within one callback do not overlap either", () => {
    const guest = start();
    guest.exports.resetArena();
    const first = guest.exports.allocate(100_000) >>> 0;
    const other = guest.exports.growElsewhere(2) * 65536;
    const second = guest.exports.allocate(100_000) >>> 0;
    expect(first + 100_000).toBeLessThanOrEqual(other);
    expect(second).toBeGreaterThanOrEqual(other + 2 * 65536);
    expect(second + 100_000).toBeLessThanOrEqual(guest.memoryBytes);
  });

  test("take no more memory however often the same callbacks come", () => {
    const property = fc.property(fc.array(sizes, { minLength: 1, maxLength: 5 }), (callbacks) => {
      const guest = start();
      for (let round = 0; round < 2; round++) for (const answers of callbacks) callback(guest, answers);
      const { memoryBytes } = guest;
      for (let round = 0; round < 10; round++) for (const answers of callbacks) callback(guest, answers);
      expect(guest.memoryBytes).toBe(memoryBytes);
    });
    check(property, 60);
  });

  test("take memory for the largest callback, not for the sum", () => {
    const guest = start();
    const before = guest.memoryBytes;
    for (let i = 0; i < 50_000; i++) callback(guest, [1 + ((i * 7919) % 200_000)]);
    expect(guest.memoryBytes - before).toBeLessThanOrEqual(2 * 200_000 + 65536);
  });

  test("that fit no memory get none, and the next ones do", () => {
    const guest = start();
    guest.exports.resetArena();
    for (const tooMuch of [0x40000001, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff]) {
      expect(guest.exports.allocate(tooMuch)).toBe(0);
    }
    expect(guest.exports.allocate(100)).not.toBe(0);
    while (guest.exports.growElsewhere(1) >= 0);
    expect(guest.exports.allocate(100_000)).toBe(0);
    guest.exports.resetArena();
    expect(guest.exports.allocate(16_000)).not.toBe(0);
  });
});
