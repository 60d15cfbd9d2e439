import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { acceptedBy, buildDfa, dfaOf } from "./dfa.ts";
import type { Dfa } from "./dfa.ts";
import { groupIntoDfas } from "./group.ts";
import { matchesRegex } from "./naive.ts";
import type { Regex } from "./regex.ts";
import { nearMisses, regexes, texts } from "./testing/regexes.ts";
import { acceptWitnesses, witnesses } from "./witnesses.ts";

const byte: Regex = { op: "bytes", ranges: [[0, 255]] };
const any: Regex = { op: "repeat", of: byte, min: 0 };
const text = (chars: string): Regex => sequence(...Array.from(chars, (c) => bytes(c)));
const sequence = (...of: Regex[]): Regex => ({ op: "sequence", of });
const choice = (...of: Regex[]): Regex => ({ op: "choice", of });
const repeat = (of: Regex, min: number, max?: number): Regex =>
  max === undefined ? { op: "repeat", of, min } : { op: "repeat", of, min, max };
function bytes(...chars: string[]): Regex {
  return { op: "bytes", ranges: chars.map((c) => [c.charCodeAt(0), c.charCodeAt(0)]) };
}

function built(patterns: Regex[], maxStates = 10_000): Dfa {
  const dfa = buildDfa(patterns, { maxStates });
  if (dfa === undefined) throw new Error("too large");
  return dfa;
}

const naive = (patterns: readonly Regex[], of: string): number[] =>
  [...patterns.keys()].filter((i) => matchesRegex(patterns[i] ?? byte, of));

describe("a DFA", () => {
  test("agrees with the naive matcher on its witnesses, their near misses and random texts", () => {
    fc.assert(
      fc.property(
        fc.array(regexes, { maxLength: 4 }),
        fc.array(texts, { maxLength: 20 }),
        (patterns, random) => {
          const dfa = buildDfa(patterns, { maxStates: 2_000 });
          fc.pre(dfa !== undefined);
          const reached = witnesses(dfa);
          for (const [state, witness] of reached.entries()) {
            expect(acceptedBy(dfa, witness)).toEqual(dfa.accepts[state]);
          }
          for (const each of [...random, ...reached.slice(0, 50).flatMap((w) => [w, ...nearMisses(w)])]) {
            expect([each, acceptedBy(dfa, each)]).toEqual([each, naive(patterns, each)]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("is minimal: every two states are told apart by some text, every two classes by some state", () => {
    fc.assert(
      fc.property(fc.array(regexes, { maxLength: 3 }), (patterns) => {
        const dfa = buildDfa(patterns, { maxStates: 300 });
        fc.pre(dfa !== undefined);
        expect(distinguishable(dfa)).toBe(dfa.states);
        const columns = Array.from({ length: dfa.classes }, (_, c) =>
          dfa.accepts.map((_, s) => dfa.next[s * dfa.classes + c]).join(),
        );
        expect(new Set(columns).size).toBe(dfa.classes);
        const dead = dfa.accepts.findIndex(
          (accepts, s) =>
            accepts.length === 0 &&
            dfa.next.subarray(s * dfa.classes, (s + 1) * dfa.classes).every((to) => to === s),
        );
        expect(dfa.dead).toBe(dead === -1 ? undefined : dead);
      }),
      { numRuns: 300 },
    );
  });

  test("equal languages give equal DFAs", () => {
    const a = built([sequence(text("a"), choice(text("bc"), text("bd")))]);
    const b = built([choice(text("abd"), sequence(text("ab"), bytes("c")))]);
    expect(a).toEqual(b);
    expect(a).toMatchObject({ states: 5, classes: 4, start: 0 });
  });

  test("of no pattern accepts nothing", () => {
    expect(built([])).toMatchObject({ states: 1, classes: 1, accepts: [[]], dead: 0 });
    expect(built([any])).toMatchObject({ states: 1, classes: 1, accepts: [[0]], dead: undefined });
  });

  test("witnesses are shortest, and legible where they can be", () => {
    const dfa = built([sequence(text("/x"), byte), sequence(text("/"), repeat(bytes("\x01", "A", "z"), 2))]);
    expect(acceptWitnesses(dfa)).toEqual([
      { accepts: [], text: "" },
      { accepts: [1], text: "/zz" },
      { accepts: [0], text: "/xa" },
    ]);
  });
});

describe("budgets", () => {
  // The n-th byte from the end is an `a`: 2^n states.
  const fromEnd = (n: number) => sequence(any, text("a"), repeat(byte, n - 1, n - 1));

  test("a pattern that explodes is given up early", () => {
    expect(built([fromEnd(10)]).states).toBe(1024);
    expect(buildDfa([fromEnd(10)], { maxStates: 1023 })).toBeUndefined();
    for (const n of [30, 1000]) expect(buildDfa([fromEnd(n)], { maxStates: 10_000 })).toBeUndefined();
  });

  test("so are patterns that only explode together", () => {
    const containing = (word: string) => sequence(any, text(word), any);
    const words = Array.from({ length: 12 }, (_, i) => containing(`<${String.fromCharCode(97 + i)}>`));
    expect(words.every((word) => buildDfa([word], { maxStates: 4 }) !== undefined)).toBe(true);
    expect(buildDfa(words, { maxStates: 4_000 })).toBeUndefined();
  });

  test("counted repetition is fine while it fits, also nested", () => {
    expect(built([repeat(bytes("a"), 1, 1000)]).states).toBe(1002);
    expect(
      buildDfa([repeat(repeat(repeat(byte, 1000, 1000), 1000, 1000), 1000)], { maxStates: 10_000 }),
    ).toBeUndefined();
    expect(buildDfa([repeat(repeat(byte, 0, 1000), 0, 1000)], { maxStates: 10_000 })).toBeUndefined();
    expect(built([sequence(repeat(byte, 0, 30), repeat(byte, 0, 30))]).states).toBe(62);
  });
});

describe("groups", () => {
  const template = (i: number) =>
    sequence(text(`/service-${i % 40}/v${i}/`), repeat(bytes("a", "b", "c"), 1), text("/items/"), any);
  const limits = { maxStates: 4_000, maxTotal: 100_000 };

  test("all patterns are in one DFA where it fits", () => {
    const patterns = Array.from({ length: 50 }, (_, i) => template(i));
    const groups = groupIntoDfas(patterns, limits);
    if ("tooLarge" in groups) throw new Error("too large");
    expect(groups.dfas.map((group) => group.patterns)).toEqual([[...patterns.keys()]]);
    expect(groups.dfas[0]?.dfa).toEqual(built(patterns));
  });

  test("else in several, each pattern in one of them", () => {
    const patterns = Array.from({ length: 40 }, (_, i) =>
      sequence(any, text(`<${String.fromCharCode(65 + i)}>`), any),
    );
    const groups = groupIntoDfas(patterns, { maxStates: 300, maxTotal: 100_000 });
    if ("tooLarge" in groups) throw new Error("too large");
    expect(groups.dfas.flatMap((group) => group.patterns).sort((a, b) => a - b)).toEqual([
      ...patterns.keys(),
    ]);
    expect(groups.dfas.length).toBeLessThan(10);
    for (const { dfa, patterns: members } of groups.dfas) {
      expect(dfa.states).toBeLessThanOrEqual(300);
      for (const { accepts, text: witness } of acceptWitnesses(dfa)) {
        expect(accepts).toEqual(naive(patterns, witness).filter((number) => members.includes(number)));
      }
    }
  });

  test("what cannot fit is named", () => {
    expect(groupIntoDfas([text("a"), fifty(), text("b")], { maxStates: 40, maxTotal: 1_000 })).toEqual({
      tooLarge: 1,
    });
    expect(groupIntoDfas([text("a"), fifty(), text("b")], { maxStates: 100, maxTotal: 50 })).toEqual({
      tooLarge: 1,
    });
    expect(groupIntoDfas([], limits)).toEqual({ dfas: [] });
  });

  test("alike patterns share what they have in common", () => {
    const groups = groupIntoDfas([fifty(), fifty(), fifty()], { maxStates: 100, maxTotal: 60 });
    expect(groups).toMatchObject({ dfas: [{ patterns: [0, 1, 2], dfa: { states: 52 } }] });
  });

  function fifty(): Regex {
    return text("x".repeat(50));
  }
});

test("of one pattern, accepted under any number", () => {
  expect(dfaOf(text("ab"), 7, { maxStates: 10 })?.accepts).toEqual([[], [], [], [7]]);
});

/** How many classes of states there are that some text tells apart: refined until nothing changes. */
function distinguishable(dfa: Dfa): number {
  let keys = dfa.accepts.map((accepts) => accepts.join());
  for (;;) {
    const numbers = new Map([...new Set(keys)].map((key, i) => [key, i]));
    const refined = keys.map((key, s) =>
      [key, ...dfa.next.subarray(s * dfa.classes, (s + 1) * dfa.classes)]
        .map((to, i) => (i === 0 ? numbers.get(key) : numbers.get(keys[Number(to)] ?? "")))
        .join(),
    );
    if (new Set(refined).size === numbers.size) return numbers.size;
    keys = refined;
  }
}
