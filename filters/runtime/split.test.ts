import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import * as reference from "../../compiler/ir/split.ts";
import { entry, type Guest } from "./testing/compile.ts";
import { StubHost } from "./testing/host.ts";
import { check } from "./testing/property.ts";

interface Exports {
  stick(name: number, size: number): number;
  choose(arms: number, count: number): number;
}

interface Arm {
  name: string;
  weight: number;
}

const HEADER = "x-user";
const FROM_HEADER = 1;
const FROM_PEER = 2;
const FROM_NOTHING = 3;
const KEYS = 200_000;

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

/** The arm of each of many keys. */
function armsOf(arms: readonly Arm[], keys = KEYS): Uint8Array {
  const table = place(arms);
  return Uint8Array.from({ length: keys }, (_, key) => {
    stick([[HEADER, `user-${key}`]]);
    return guest.exports.choose(table, arms.length);
  });
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

describe("the shares", () => {
  test.each([[[50, 50]], [[95, 5]], [[99, 1]], [[1, 2, 3, 4]], [[10, 0, 90]], [[1, 1, 1, 1, 1, 1, 1]]])(
    "of the weights %j hold over many keys",
    (weights) => {
      const chosen = armsOf(weights.map((w, i) => ({ name: `v${i + 1}`, weight: w })));
      const sum = weights.reduce((a, b) => a + b, 0);
      const counts = weights.map(() => 0);
      for (const arm of chosen) counts[arm] = (counts[arm] ?? 0) + 1;
      const errors = weights.map((w, i) => Math.abs((counts[i] ?? 0) / KEYS - w / sum));
      expect(Math.max(...errors)).toBeLessThan(0.005);
    },
  );
});

describe("a change moves only what it must:", () => {
  const before: Arm[] = [
    { name: "v1", weight: 60 },
    { name: "v2", weight: 30 },
    { name: "v3", weight: 10 },
  ];
  const moves = (after: readonly Arm[]): { from: string; to: string }[] => {
    const old = armsOf(before, 50_000);
    return [...armsOf(after, 50_000)].flatMap((arm, key) => {
      const from = before[old[key] ?? 0]?.name ?? "";
      const to = after[arm]?.name ?? "";
      return from === to ? [] : [{ from, to }];
    });
  };

  test("a greater weight takes keys from the others, and only as many as it gained", () => {
    const moved = moves(before.map((arm) => (arm.name === "v3" ? { ...arm, weight: 30 } : arm)));
    expect(new Set(moved.map(({ to }) => to))).toEqual(new Set(["v3"]));
    expect(moved.length / 50_000).toBeCloseTo(30 / 120 - 10 / 100, 2);
  });

  test("a smaller weight gives keys to the others, and only as many as it lost", () => {
    const moved = moves(before.map((arm) => (arm.name === "v1" ? { ...arm, weight: 20 } : arm)));
    expect(new Set(moved.map(({ from }) => from))).toEqual(new Set(["v1"]));
    expect(moved.length / 50_000).toBeCloseTo(60 / 100 - 20 / 60, 2);
  });

  test("a new arm takes keys, the others exchange none", () => {
    const moved = moves([{ name: "v0", weight: 25 }, ...before]);
    expect(new Set(moved.map(({ to }) => to))).toEqual(new Set(["v0"]));
    expect(moved.length / 50_000).toBeCloseTo(25 / 125, 2);
  });

  test("an arm that goes leaves its keys, the others exchange none", () => {
    const moved = moves(before.filter((arm) => arm.name !== "v2"));
    expect(new Set(moved.map(({ from }) => from))).toEqual(new Set(["v2"]));
  });

  test("the order of the arms and the scale of the weights do not matter", () => {
    expect(moves([...before].reverse().map((arm) => ({ ...arm, weight: arm.weight * 7 })))).toEqual([]);
  });
});
