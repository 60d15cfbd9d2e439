import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry, type Guest } from "./testing/compile.ts";
import { check } from "./testing/property.ts";

interface Exports {
  remember(stream: number, word: bigint): number;
  recall(stream: number): bigint;
  forget(stream: number): void;
}

let start: () => Guest<Exports>;

beforeAll(async () => {
  start = await entry<Exports>("streams");
});

type Step = { do: "remember" | "forget"; stream: number; word: bigint };

const step = (stream: fc.Arbitrary<number>): fc.Arbitrary<Step> =>
  fc.record({
    do: fc.constantFrom("remember", "remember", "forget"),
    stream,
    word: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
  });

function run(guest: Guest<Exports>, steps: readonly Step[], model = new Map<number, bigint>()): void {
  for (const { do: action, stream, word } of steps) {
    if (action === "remember") {
      if (guest.exports.remember(stream, word) !== 1) throw new Error(`no room for stream ${stream}`);
      model.set(stream, word);
    } else {
      guest.exports.forget(stream);
      model.delete(stream);
    }
  }
  const touched = new Set([...steps.map(({ stream }) => stream), ...model.keys()]);
  const wrong = [...touched].filter(
    (stream) => BigInt.asUintN(64, guest.exports.recall(stream)) !== (model.get(stream) ?? 0n),
  );
  expect(wrong).toEqual([]);
}

describe("words by stream are those of a map", () => {
  test("when many share a home and wrap around the table's end", () => {
    // Homes 509, 510, 511, 0 and 1 of the first table, each for up to twenty streams.
    const stream = fc.tuple(fc.nat(4), fc.nat(19)).map(([home, lap]) => ((509 + home) % 512) + 512 * lap);
    check(
      fc.property(fc.array(step(stream), { maxLength: 200 }), (steps) => run(start(), steps)),
      300,
    );
  });

  test("when the table grows, again and again", () => {
    const stream = fc.oneof(fc.nat(4000), fc.integer({ min: 0xfffffff0, max: 0xffffffff }));
    const steps = fc.array(step(stream), { minLength: 1200, maxLength: 2000, size: "max" });
    check(
      fc.property(steps, (all) => run(start(), all)),
      30,
    );
  });

  test("when every stream of a long life comes and goes", () => {
    const guest = start();
    const open = 200;
    for (let stream = 0; stream < 100_000; stream++) {
      guest.exports.remember(stream, BigInt(stream) + 1n);
      if (stream >= open) guest.exports.forget(stream - open);
    }
    for (let stream = 100_000 - open; stream < 100_000; stream++) {
      expect(guest.exports.recall(stream)).toBe(BigInt(stream) + 1n);
    }
    expect(guest.exports.recall(99_999 - open)).toBe(0n);
    expect(guest.memoryBytes).toBe(start().memoryBytes);
  });
});

test("ten thousand open streams are kept, and memory stays when as many come again", () => {
  const guest = start();
  const round = (from: number): void => {
    const streams = Array.from({ length: 10_000 }, (_, i) => from + i);
    expect(streams.filter((stream) => guest.exports.remember(stream, BigInt(stream)) !== 1)).toEqual([]);
    expect(streams.filter((stream) => guest.exports.recall(stream) !== BigInt(stream))).toEqual([]);
    for (const stream of streams) guest.exports.forget(stream);
    expect(streams.filter((stream) => guest.exports.recall(stream) !== 0n)).toEqual([]);
  };
  round(1);
  const { memoryBytes } = guest;
  round(50_001);
  round(3);
  expect(guest.memoryBytes).toBe(memoryBytes);
});

test("forgetting what nobody remembered changes nothing", () => {
  const { exports } = start();
  exports.forget(0);
  exports.remember(5, 55n);
  exports.forget(5 + 512);
  exports.forget(6);
  exports.forget(5);
  exports.forget(5);
  expect(exports.recall(5)).toBe(0n);
});
