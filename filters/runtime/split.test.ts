import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import * as reference from "../../compiler/ir/split.ts";
import { entry, type Guest } from "./testing/compile.ts";
import { StubHost } from "./testing/host.ts";
import { check } from "./testing/property.ts";

interface Exports {
  stick(name: number, size: number): number;
  choose(arms: number, count: number): number;
  chooseMany(arms: number, count: number, first: number, keys: number, out: number): void;
}

interface Arm {
  name: string;
  weight: number;
}

const HEADER = "x-user";
const FROM_HEADER = 1;
const FROM_PEER = 2;
const FROM_NOTHING = 3;
const KEYS = 1_000_000;

let start: (host?: StubHost) => Guest<Exports>;
let host: StubHost;
let guest: Guest<Exports>;

beforeAll(async () => {
  start = await entry<Exports>("split");
});

beforeEach(() => {
  host = new StubHost();
  guest = start(host);
});

/** Puts the arms where `choose` reads them. */
function place(arms: readonly Arm[]): number {
  const table = Buffer.alloc(16 * arms.length);
  arms.forEach(({ name, weight }, i) => {
    table.writeBigUInt64LE(reference.armSeed(name), 16 * i);
    table.writeDoubleLE(weight, 16 * i + 8);
  });
  return guest.write(table, 1024);
}

function stick(headers: [string, string][], peer?: string): number {
  host.headers = headers;
  if (peer === undefined) host.properties.clear();
  else host.properties.set("filter_state\0tollgate.direct_remote_address", peer);
  return guest.exports.stick(guest.write(HEADER), HEADER.length);
}

const double = Buffer.alloc(8);

function bitsOf(number: number): bigint {
  double.writeDoubleLE(number);
  return double.readBigUInt64LE();
}

function doubleOf(bits: bigint): number {
  double.writeBigUInt64LE(bits);
  return double.readDoubleLE();
}

/** The bytes of a key by its number, as `chooseMany` writes them. */
function keyOf(number: number): string {
  return number.toString(16).padStart(8, "0");
}

/** The arm of each of many keys. */
function armsOf(arms: readonly Arm[], keys = KEYS): Uint8Array {
  const table = place(arms);
  const out = guest.write("", 2048);
  const chosen = new Uint8Array(keys);
  const most = 60_000;
  for (let first = 0; first < keys; first += most) {
    const size = Math.min(most, keys - first);
    guest.exports.chooseMany(table, arms.length, first, size, out);
    chosen.set(guest.read(out, size), first);
  }
  return chosen;
}

/** By how many standard deviations a count differs from what a share of that many keys comes to. */
function deviations(count: number, share: number, keys: number): number {
  return Math.abs(count - share * keys) / Math.sqrt(keys * share * (1 - share) + 1);
}

function shareOf(arms: readonly Arm[], name: string): number {
  const sum = arms.reduce((all, { weight }) => all + weight, 0);
  return (arms.find((arm) => arm.name === name)?.weight ?? 0) / sum;
}

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const weight = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(0, 1, 1_000_000));
const arms = fc.uniqueArray(fc.record({ name, weight }), {
  minLength: 1,
  maxLength: 8,
  selector: (a) => a.name,
});
const value = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("latin1"));

describe("the arm of a request", () => {
  test("is the one that the reference chooses, by header", () => {
    const property = fc.property(arms, value, value, (all, key, second) => {
      const table = place(all);
      expect(
        stick([
          ["x-other", second],
          [HEADER, key],
          [HEADER, second],
        ]),
      ).toBe(FROM_HEADER);
      expect(guest.exports.choose(table, all.length)).toBe(
        reference.chooseArm(reference.stickyHash(key), all),
      );
    });
    check(property, 3000);
  });

  test("is decided by the same bits: the weight from which an arm wins is the same double", () => {
    const property = fc.property(
      value,
      fc.uniqueArray(name, { minLength: 2, maxLength: 2 }),
      (key, names) => {
        const [a = "", b = ""] = names;
        const split = (weight: number): Arm[] => [
          { name: a, weight: 1 },
          { name: b, weight },
        ];
        const wins = (weight: number): boolean =>
          reference.chooseArm(reference.stickyHash(key), split(weight)) === 1;
        // Positive doubles are ordered as their bits are.
        let [below, from] = [bitsOf(0), bitsOf(1e20)];
        while (from - below > 1n) {
          const middle = (below + from) >> 1n;
          if (wins(doubleOf(middle))) from = middle;
          else below = middle;
        }
        const chosen = [below, from].map((bits) => {
          const table = place(split(doubleOf(bits)));
          stick([[HEADER, key]]);
          return guest.exports.choose(table, 2);
        });
        expect(chosen).toEqual([0, 1]);
      },
    );
    check(property, 200);
  });

  test.each([
    ["10.1.2.3", "0302010a"],
    ["::ffff:10.1.2.3", "0302010a"],
    ["2001:db8::1", "00000000b80d01200100000000000000"],
  ])("is the one that the reference chooses, by the address %s", (peer, bytes) => {
    const key = reference.stickyHash(Buffer.from(bytes, "hex").toString("latin1"));
    for (let i = 0; i < 50; i++) {
      const all = Array.from({ length: 6 }, (_, j) => ({ name: `arm-${i}-${j}`, weight: 1 + j }));
      const table = place(all);
      expect(stick([], peer)).toBe(FROM_PEER);
      expect(guest.exports.choose(table, all.length)).toBe(reference.chooseArm(key, all));
    }
  });

  test("is always the same where there is no key", () => {
    const all = [1, 2, 3].map((i) => ({ name: `arm-${i}`, weight: i }));
    const table = place(all);
    expect(stick([["x-other", "joe"]], "no address")).toBe(FROM_NOTHING);
    expect(guest.exports.choose(table, all.length)).toBe(reference.chooseArm(0n, all));
  });

  test("an empty key is a key", () => expect(stick([[HEADER, ""]], "10.0.0.1")).toBe(FROM_HEADER));

  test("is never one of weight zero while another has some", () => {
    const chosen = armsOf(
      [
        { name: "off", weight: 0 },
        { name: "on", weight: 1 },
        { name: "gone", weight: 0 },
      ],
      20_000,
    );
    expect(new Set(chosen)).toEqual(new Set([1]));
  });
});

// With a fixed seed nothing here is left to chance: a bound of five deviations is one that good hashing keeps.
const BOUND = 5;

describe("the shares of a million keys", () => {
  const numbers = Array.from({ length: 19 }, (_, i) => i + 2);
  const twice = (i: number): number => 2 ** Math.min(i, 19);
  const same = (): number => 1;
  const little = (i: number): number => (i === 0 ? 100 : 1);
  test.each([
    ...numbers.map((number) => [number, "each twice the one before", twice] as const),
    ...[2, 7, 20].map((number) => [number, "the same", same] as const),
    ...[2, 7, 20].map((number) => [number, "a hundredth of the first", little] as const),
  ])("of %i arms hold to half a percent, the weights being %s", (number, _, weightOf) => {
    const all = Array.from({ length: number }, (_, i) => ({ name: `v${i + 1}`, weight: weightOf(i) }));
    const counts = all.map(() => 0);
    for (const arm of armsOf(all)) counts[arm] = (counts[arm] ?? 0) + 1;
    all.forEach((arm, i) => {
      const share = shareOf(all, arm.name);
      expect(Math.abs((counts[i] ?? 0) / KEYS - share)).toBeLessThan(0.005);
      expect(deviations(counts[i] ?? 0, share, KEYS)).toBeLessThan(BOUND);
    });
  });

  test("are the reference's, arm by arm", () => {
    for (const number of numbers) {
      const all = Array.from({ length: number }, (_, i) => ({ name: `arm ${i}`, weight: 1 + i ** 3 }));
      const chosen = armsOf(all, 500);
      const expected = Uint8Array.from({ length: 500 }, (_, key) =>
        reference.chooseArm(reference.stickyHash(keyOf(key)), all),
      );
      expect(chosen).toEqual(expected);
    }
  });
});

describe("a change moves only what it must:", () => {
  const many = 60_000;
  const some = fc.uniqueArray(fc.record({ name, weight: fc.integer({ min: 1, max: 1000 }) }), {
    minLength: 2,
    maxLength: 20,
    selector: (a) => a.name,
  });
  const moves = (before: readonly Arm[], after: readonly Arm[]): { from: string; to: string }[] => {
    const old = armsOf(before, many);
    return [...armsOf(after, many)].flatMap((arm, key) => {
      const from = before[old[key] ?? 0]?.name ?? "";
      const to = after[arm]?.name ?? "";
      return from === to ? [] : [{ from, to }];
    });
  };

  test("another weight moves keys to the arm or from it, and only as many as its share gained or lost", () => {
    const property = fc.property(
      some,
      fc.nat(),
      fc.integer({ min: 0, max: 3000 }),
      (before, pick, weight) => {
        const changed = before[pick % before.length]?.name ?? "";
        const after = before.map((arm) => (arm.name === changed ? { ...arm, weight } : arm));
        const moved = moves(before, after);
        const gained = shareOf(after, changed) - shareOf(before, changed);
        expect(moved.every(({ from, to }) => (gained > 0 ? to : from) === changed)).toBe(true);
        expect(deviations(moved.length, Math.abs(gained), many)).toBeLessThan(BOUND);
      },
    );
    check(property, 40);
  });

  test("an arm that comes or goes takes keys from the others or leaves them its own, by their weights", () => {
    const property = fc.property(some, fc.nat(), (all, pick) => {
      const [gone] = all.slice(pick % all.length);
      const without = all.filter((arm) => arm !== gone);
      const left = moves(all, without);
      expect(left.every(({ from }) => from === gone?.name)).toBe(true);
      expect(deviations(left.length, shareOf(all, gone?.name ?? ""), many)).toBeLessThan(BOUND);
      for (const other of without) {
        const taken = left.filter(({ to }) => to === other.name).length;
        expect(deviations(taken, shareOf(without, other.name), left.length)).toBeLessThan(BOUND);
      }
      const back = moves(without, all);
      expect(back.map(({ from, to }) => `${to} ${from}`).join()).toBe(
        left.map(({ from, to }) => `${from} ${to}`).join(),
      );
    });
    check(property, 40);
  });

  test("the order of the arms and the scale of the weights do not matter", () => {
    const property = fc.property(some, fc.integer({ min: 2, max: 7 }), (before, scale) => {
      const after = [...before].reverse().map((arm) => ({ ...arm, weight: arm.weight * scale }));
      // Scores that are alike but for the last bit may trade places.
      expect(moves(before, after).length).toBeLessThanOrEqual(1);
    });
    check(property, 20);
  });
});
