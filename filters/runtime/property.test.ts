import { beforeAll, beforeEach, expect, test } from "@jest/globals";
import { entry, type Guest } from "./testing/compile.ts";
import { StubHost } from "./testing/host.ts";

interface Exports {
  readAddress(path: number, size: number): number;
  readNumber(slot: number, path: number, size: number): void;
  readProperty(slot: number, path: number, size: number): void;
  readNothing(table: number, count: number): number;
  isNotAsked(slot: number): number;
  firstValue(slot: number): number;
  nextValue(value: number): number;
  valuePointer(value: number): number;
  valueSize(value: number): number;
  parsedHigh(): bigint;
  parsedLow(): bigint;
}

let start: (host?: StubHost) => Guest<Exports>;
let host: StubHost;
let guest: Guest<Exports>;

beforeAll(async () => {
  start = await entry<Exports>("host-properties");
});

beforeEach(() => {
  host = new StubHost();
  guest = start(host);
  guest.exports.readNothing(guest.exports.scratch() + 4096, 2);
});

/** The arguments of a property's path. */
function path(text: string): [pointer: number, size: number] {
  return [guest.write(text, 0), text.length];
}

function values(slot: number): string[] {
  const { exports, memory } = guest;
  const found: string[] = [];
  for (let v = exports.firstValue(slot); v !== 0; v = exports.nextValue(v)) {
    const at = exports.valuePointer(v);
    found.push(Buffer.from(memory.slice(at, at + exports.valueSize(v))).toString("latin1"));
  }
  return found;
}

test.each([
  ["10.1.2.3:8080", 4, 0n, 0x0a010203n],
  ["10.1.2.3", 4, 0n, 0x0a010203n],
  ["[2001:db8::1]:443", 6, 0x20010db8_00000000n, 1n],
  ["[2001:db8::1]", 6, 0x20010db8_00000000n, 1n],
  ["2001:db8::1", 6, 0x20010db8_00000000n, 1n],
  ["[::ffff:10.1.2.3]:1", 4, 0n, 0x0a010203n],
  ["", 0, 0n, 0n],
  [":80", 0, 0n, 0n],
  ["[", 0, 0n, 0n],
  ["[]:80", 0, 0n, 0n],
  ["[2001:db8::1", 0, 0n, 0n],
  ["/run/envoy.sock", 0, 0n, 0n],
  ["10.1.2.3.4:80", 0, 0n, 0n],
  ["internal:80", 0, 0n, 0n],
])("the address in %j", (text, family, high, low) => {
  host.properties.set("source\0address", text);
  expect(guest.exports.readAddress(...path("source\0address"))).toBe(family);
  if (family !== 0)
    expect([guest.exports.parsedHigh(), guest.exports.parsedLow()].map((n) => BigInt.asUintN(64, n))).toEqual(
      [high, low],
    );
});

test("an address that the host does not say is none", () => {
  expect(guest.exports.readAddress(...path("source\0address"))).toBe(0);
});

test("texts are values of a slot, empty and absent ones none", () => {
  host.properties.set("a", "one");
  host.properties.set("b", "");
  host.properties.set("c", "two");
  for (const name of ["a", "b", "c", "d"]) guest.exports.readProperty(1, ...path(name));
  expect([values(0), values(1)]).toEqual([[], ["one", "two"]]);
});

test("a slot is asked for once", () => {
  expect([guest.exports.isNotAsked(0), guest.exports.isNotAsked(0)]).toEqual([1, 0]);
  guest.exports.readProperty(0, ...path("absent"));
  expect(values(0)).toEqual([]);
});

test.each([0n, 7n, 8080n, 65535n, 18446744073709551615n])("a number is decimal text: %d", (number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(number);
  host.properties.set("destination\0port", bytes.toString("latin1"));
  guest.exports.readNumber(1, ...path("destination\0port"));
  expect(values(1)).toEqual([String(number)]);
});

test("a number of another size is none", () => {
  host.properties.set("destination\0port", "8080");
  guest.exports.readNumber(1, ...path("destination\0port"));
  expect(values(1)).toEqual([]);
});
