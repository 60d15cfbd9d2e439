import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { check } from "../testing/property.ts";
import { tokens, type TokenGuest } from "../testing/token-guest.ts";

const RING = 32_768;
const NEVER = (1n << 64n) - 1n;

let start: Awaited<ReturnType<typeof tokens>>;
let guest: TokenGuest;

beforeAll(async () => {
  start = await tokens();
});

beforeEach(() => {
  guest = withRoom(16);
});

function withRoom(sets: number): TokenGuest {
  const fresh = start();
  expect(fresh.exports.reserveTokens(fresh.exports.cache(), sets, RING)).toBe(1);
  return fresh;
}

function knows(token: string, now = 1n, provider = 0): boolean {
  const { exports } = guest;
  return exports.knownToken(exports.cache(), provider, guest.guest.write(token), token.length, now) !== 0;
}

function remember(token: string, expires = NEVER, now = 1n, provider = 0): void {
  const { exports } = guest;
  exports.rememberToken(exports.cache(), provider, guest.guest.write(token), token.length, now, expires);
}

/** A token of a length, told from others by its number. */
const token = (number: number, size = 40): string => `${number}.`.padEnd(size, "abcdefgh");

test("a token is known when it was remembered, until it expires, under its provider", () => {
  expect(knows(token(1))).toBe(false);
  remember(token(1), 100n, 1n, 7);
  expect([knows(token(1), 1n, 7), knows(token(1), 99n, 7), knows(token(1), 100n, 7)]).toEqual([
    true,
    true,
    false,
  ]);
  expect([knows(token(1), 1n, 8), knows(token(2), 1n, 7)]).toEqual([false, false]);
});

test("one that is remembered again lasts as long as it was said last", () => {
  remember(token(1), 100n);
  remember(token(1), 200n);
  expect([knows(token(1), 150n), knows(token(1), 200n)]).toEqual([true, false]);
});

test("one that has expired already is not remembered", () => {
  remember(token(1), 100n, 100n);
  expect(knows(token(1), 1n)).toBe(false);
});

test("a byte more, less or different is another token", () => {
  const known = token(1, 61);
  remember(known);
  expect(knows(known)).toBe(true);
  expect([knows(known.slice(1)), knows(known.slice(0, -1)), knows(`${known}x`), knows(`x${known}`)]).toEqual([
    false,
    false,
    false,
    false,
  ]);
  for (let at = 0; at < known.length; at++) {
    const code = known.charCodeAt(at);
    expect(knows(known.slice(0, at) + String.fromCharCode(code ^ 1) + known.slice(at + 1))).toBe(false);
  }
});

test("all are forgotten at once, and can be remembered anew", () => {
  for (let i = 0; i < 10; i++) remember(token(i));
  guest.exports.forgetTokens(guest.exports.cache());
  for (let i = 0; i < 10; i++) expect(knows(token(i))).toBe(false);
  remember(token(3));
  expect([knows(token(3)), knows(token(4))]).toEqual([true, false]);
});

test("without room nothing is known", () => {
  guest = start();
  remember(token(1));
  expect(knows(token(1))).toBe(false);
  guest.exports.forgetTokens(guest.exports.cache());
  expect(knows(token(1))).toBe(false);
});

test("room is taken once", () => {
  const { memoryBytes } = guest.guest;
  expect(guest.exports.reserveTokens(guest.exports.cache(), 1024, RING)).toBe(1);
  expect(guest.guest.memoryBytes).toBe(memoryBytes);
});

test("what is too short for a token, or too long for the ring, is not remembered", () => {
  for (const size of [0, 15]) {
    remember(token(1, size).slice(0, size));
    expect(knows(token(1, size).slice(0, size))).toBe(false);
  }
  remember(token(1, RING / 2));
  expect(knows(token(1, RING / 2))).toBe(true);
  remember(token(2, RING / 2 + 1));
  expect(knows(token(2, RING / 2 + 1))).toBe(false);
});

describe("a flood of tokens", () => {
  test("leaves memory as it is, and the latest known", () => {
    const { memoryBytes } = guest.guest;
    for (let i = 0; i < 20_000; i++) {
      const one = token(i, 40 + (i % 3000));
      remember(one);
      if (!knows(one)) throw new Error(`${i} is not known`);
    }
    expect(guest.guest.memoryBytes).toBe(memoryBytes);
  });

  test("never makes a token known that was not remembered, nor keeps bytes that were written over", () => {
    // Lengths that bring the end of the ring to every place.
    const step = fc.record({
      number: fc.nat(60),
      size: fc.integer({ min: 16, max: 6000 }),
      forget: fc.nat(80),
    });
    check(
      fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
        guest = withRoom(2);
        const remembered = new Set<string>();
        for (const { number, size, forget } of steps) {
          const one = token(number, size);
          if (forget === 0) {
            guest.exports.forgetTokens(guest.exports.cache());
            remembered.clear();
          }
          if (knows(one) && !remembered.has(one)) throw new Error("known without reason");
          remember(one);
          remembered.add(one);
          if (!knows(one)) throw new Error("forgotten at once");
        }
      }),
      100,
    );
  });

  test("keeps all as long as there is room", () => {
    guest = withRoom(256);
    const all = Array.from({ length: 100 }, (_, i) =>
      token(i, 200).replace(/.{16}$/, String(i * 7919).padStart(16, "s")),
    );
    for (const one of all) remember(one);
    expect(all.filter((one) => !knows(one))).toEqual([]);
  });
});
