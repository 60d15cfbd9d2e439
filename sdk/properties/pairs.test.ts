// Maps and lists as pairs: well-formed ones are read whole, and of others no byte beyond their end is.
import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile, Guest } from "../../filters/runtime/testing/compile.ts";
import { serializePairs } from "../../filters/runtime/testing/host.ts";

interface Exports {
  parse(size: number): number;
  length(): number;
  read(index: number): void;
  keyPointer(): number;
  keySize(): number;
  valuePointer(): number;
  valueSize(): number;
  sizeOfA(): number;
  nextCallback(): void;
}

let guest: Guest<Exports>;

beforeAll(async () => {
  guest = new Guest<Exports>(await compile("sdk/testing/pairs.ts", "filter"));
});

/** What is read of these bytes. */
function parsed(bytes: Uint8Array): [key: string, value: string][] {
  const { exports } = guest;
  exports.nextCallback();
  const start = guest.write(bytes);
  return Array.from({ length: exports.parse(bytes.length) }, (_, i): [string, string] => {
    exports.read(i);
    const key = guest.text(exports.keyPointer(), exports.keySize());
    const end = exports.valuePointer() + exports.valueSize();
    expect(end).toBeLessThanOrEqual(start + bytes.length);
    return [key, guest.text(exports.valuePointer(), exports.valueSize())];
  });
}

const text = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const pairs = fc.array(fc.tuple(text, text), { maxLength: 8 });

test("pairs are read as they were written", () => {
  fc.assert(fc.property(pairs, (some) => expect(parsed(serializePairs(some))).toEqual(some)));
});

test("a key is found, by its first value, or it is not", () => {
  parsed(
    serializePairs([
      ["b", "no"],
      ["a", "yes"],
      ["a", "second"],
    ]),
  );
  expect(guest.exports.sizeOfA()).toBe(3);
  parsed(serializePairs([["aa", ""]]));
  expect(guest.exports.sizeOfA()).toBe(-1);
});

test("bytes that say more than they hold are no pairs", () => {
  fc.assert(
    fc.property(pairs, fc.nat({ max: 200 }), (some, cut) => {
      const whole = serializePairs(some);
      const kept = whole.subarray(0, Math.max(0, whole.length - 1 - cut));
      expect(parsed(kept)).toEqual([]);
    }),
  );
  const huge = Buffer.alloc(64, 0xff);
  for (const count of [1, 7, 8, 0x1fffffff, 0x20000000, 0xffffffff]) {
    huge.writeUInt32LE(count);
    expect(parsed(huge)).toEqual([]);
  }
});

test("whatever the bytes, nothing is read beyond them", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void parsed(bytes)));
});

test("when the callback is over there are none", () => {
  expect(parsed(serializePairs([["a", "1"]]))).toHaveLength(1);
  guest.exports.nextCallback();
  expect(guest.exports.length()).toBe(0);
  guest.exports.read(0);
  expect(guest.exports.keySize()).toBe(0);
});
