import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry, type Guest } from "./testing/compile.ts";
import { serializePairs, StubHost } from "./testing/host.ts";
import { check } from "./testing/property.ts";

interface Exports {
  readAll(name: number, size: number): number;
  headersSeen(): number;
  countOf(slot: number): number;
  valueAt(slot: number, index: number): number;
  pointerOf(entry: number): number;
  sizeOf(entry: number): number;
}

type Headers = [name: string, value: string][];

const NAME = "x-role";
const [NAMED, PATH, ALL] = [0, 1, 2];
const MAX_VALUES = 256;

let start: (host?: StubHost) => Guest<Exports>;
let host: StubHost;
let guest: Guest<Exports>;

beforeAll(async () => {
  start = await entry<Exports>("request");
});

beforeEach(() => {
  host = new StubHost();
  guest = start(host);
});

/** Walks the request; tells whether it was all there. */
function readAll(): boolean {
  return guest.exports.readAll(guest.write(NAME), NAME.length) === 1;
}

function valuesOf(slot: number): string[] {
  const { exports } = guest;
  return Array.from({ length: exports.countOf(slot) }, (_, i) => {
    const value = exports.valueAt(slot, i);
    return guest.text(exports.pointerOf(value), exports.sizeOf(value));
  });
}

const value = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const name = fc.constantFrom(NAME, ":path", "x-rol", "x-role-", "x-rolf", ":pat", "", "cookie");
const headers = fc.array(fc.tuple(name, value), { maxLength: 60 });
const paths = (all: Headers): number => all.filter(([n]) => n === ":path").length;

describe("a request's headers", () => {
  test("stand in their slots: every value in order, the path without its query", () => {
    const property = fc.property(headers, (all: Headers) => {
      host.headers = all;
      const calls = host.calls.get("proxy_get_header_map_pairs") ?? 0;
      // A second path is one path too many.
      expect(readAll()).toBe(
        paths(all) < 2 && all.length + all.filter(([n]) => n === NAME || n === ":path").length <= MAX_VALUES,
      );
      const named = (wanted: string): string[] => all.filter(([n]) => n === wanted).map(([, v]) => v);
      expect(valuesOf(NAMED)).toEqual(named(NAME));
      expect(valuesOf(PATH)).toEqual(named(":path").map((path) => path.replace(/[?#].*$/s, "")));
      expect(host.calls.get("proxy_get_header_map_pairs")).toBe(calls + 1);
    });
    check(property);
  });

  test("of one request are gone in the next", () => {
    host.headers = [
      [NAME, "admin"],
      [":path", "/"],
    ];
    expect(readAll()).toBe(true);
    host.headers = [["other", "x"]];
    expect(readAll()).toBe(true);
    expect([valuesOf(NAMED), valuesOf(PATH)]).toEqual([[], []]);
  });

  test.each([MAX_VALUES - 1, MAX_VALUES])("fit up to %i values", (count) => {
    host.headers = Array.from({ length: count }, (_, i): [string, string] => ["other", `v${i}`]);
    expect(readAll()).toBe(true);
    expect(valuesOf(ALL)).toEqual(host.headers.map(([, v]) => v));
  });

  test.each([MAX_VALUES + 1, 5000])(
    "are not complete with %i values, wherever the last ones are kept",
    (count) => {
      host.headers = Array.from({ length: count }, (_, i): [string, string] => ["other", `v${i}`]);
      expect(readAll()).toBe(false);
      expect(guest.exports.countOf(ALL)).toBe(MAX_VALUES);
      host.headers = [[NAME, "next"]];
      expect(readAll()).toBe(true);
      expect(valuesOf(NAMED)).toEqual(["next"]);
    },
  );

  test("of hundreds of kilobytes are read, and memory is taken once", () => {
    host.headers = Array.from({ length: 100 }, (_, i): [string, string] => [NAME, String(i).repeat(3000)]);
    expect(readAll()).toBe(true);
    expect(valuesOf(NAMED)).toEqual(host.headers.map(([, v]) => v));
    const { memoryBytes } = guest;
    for (let i = 0; i < 100; i++) readAll();
    expect(guest.memoryBytes).toBe(memoryBytes);
  });
});

describe("headers are not complete", () => {
  const good: Headers = [
    [":path", "/admin?x"],
    [NAME, "dev"],
    ["other", ""],
  ];

  /** Nothing of an earlier request may answer for this one. */
  function expectNothing(): void {
    host.headers = [[NAME, "admin"]];
    host.pairsStatus = 0;
    const { pairs } = host;
    host.pairs = undefined;
    expect(readAll()).toBe(true);
    host.pairs = pairs;
  }

  test.each([1, 2, 3, 6, 10, 12, 255])("when the host answers with status %i", (status) => {
    expectNothing();
    host.pairsStatus = status;
    expect(readAll()).toBe(false);
    expect([guest.exports.headersSeen(), valuesOf(NAMED)]).toEqual([0, []]);
  });

  test("when the answer is empty", () => {
    expectNothing();
    host.pairs = new Uint8Array();
    expect(readAll()).toBe(false);
    expect(valuesOf(NAMED)).toEqual([]);
  });

  test("when the answer is cut anywhere", () => {
    const whole = serializePairs(good);
    for (let size = 0; size < whole.length; size++) {
      expectNothing();
      host.pairs = whole.subarray(0, size);
      expect(readAll()).toBe(false);
    }
    host.pairs = whole;
    expect(readAll()).toBe(true);
  });

  test.each([4, 5, 100, 0x1fffffff, 0x20000000, 0x20000003, 0x7fffffff, 0x80000000, 0xffffffff])(
    "when the answer claims %i pairs and holds three",
    (count) => {
      expectNothing();
      host.pairs = serializePairs(good);
      new DataView(host.pairs.buffer, host.pairs.byteOffset).setUint32(0, count, true);
      expect(readAll()).toBe(false);
    },
  );

  const sizes = [0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffffd, 0xfffffffe, 0xffffffff];
  test.each([0, 1, 2].flatMap((pair) => sizes.map((size) => [pair, size])))(
    "when a name or value of pair %i claims %i bytes, overflow or not",
    (pair, size) => {
      for (const [nameSize, valueSize] of [
        [size, undefined],
        [undefined, size],
        [size, size],
        [size, -size >>> 0],
      ]) {
        host.pairs = serializePairs(good);
        const view = new DataView(host.pairs.buffer, host.pairs.byteOffset);
        if (nameSize !== undefined) view.setUint32(4 + 8 * pair, nameSize, true);
        if (valueSize !== undefined) view.setUint32(8 + 8 * pair, valueSize, true);
        expect(readAll()).toBe(false);
      }
    },
  );

  test("or they are, and then every value lies inside the answer: any bytes at all", () => {
    const count = fc.oneof(fc.nat(8), fc.constantFrom(0xffffffff, 0x20000001, 257, 1 << 20));
    const small = fc.oneof(
      { weight: 6, arbitrary: fc.nat(12) },
      { weight: 1, arbitrary: fc.nat(0xffffffff) },
    );
    const property = fc.property(
      count,
      fc.array(small, { maxLength: 20 }),
      fc.uint8Array({ maxLength: 200 }),
      (n, words, rest) => {
        const head = Buffer.alloc(4 + 4 * words.length);
        head.writeUInt32LE(n, 0);
        words.forEach((word, i) => head.writeUInt32LE(word, 4 + 4 * i));
        host.pairs = Buffer.concat([head, rest]);
        const complete = readAll();
        if (complete) expect(guest.exports.headersSeen()).toBe(n);
        const all = Buffer.from(host.pairs).toString("latin1");
        for (const kept of valuesOf(ALL)) expect(all).toContain(kept);
      },
    );
    check(property, 5000);
  });
});
