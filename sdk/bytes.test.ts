// Views of bytes against what Node says of the same bytes.
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile, Guest } from "../filters/runtime/testing/compile.ts";

interface Exports {
  recode(size: number): number;
  result(): number;
  encode(text: number): number;
  isUtf8(size: number): number;
  equals(size: number, text: number): number;
  equalsIgnoringCase(size: number, text: number): number;
  startsWith(size: number, text: number): number;
  endsWith(size: number, text: number): number;
  equalsBytes(size: number, at: number, other: number): number;
  startsWithBytes(size: number, at: number, other: number): number;
  endsWithBytes(size: number, at: number, other: number): number;
  equalsBytesIgnoringCase(size: number, at: number, other: number): number;
  indexOf(size: number, at: number, other: number, from: number): number;
  at(size: number, index: number): number;
  slice(size: number, start: number, end: number): number;
  split(size: number, at: number, other: number): number;
  trim(size: number): number;
  toLowerCase(size: number): number;
  toInteger(size: number): bigint;
  keep(size: number): void;
  nextCallback(): void;
  keptSize(): number;
  keptPartSize(): number;
  keptEmpty(): number;
  copiedSize(): number;
}

/** The constants of testing/bytes.ts. */
const TEXTS = ["", "a", "Gold", "grüß", "世界", "a🦀b", "lone \ud800 x", "\udc00", "x-User"];

let guest: Guest<Exports>;
let exports: Guest<Exports>["exports"];

beforeAll(async () => {
  guest = new Guest<Exports>(await compile("sdk/testing/bytes.ts", "filter"));
  ({ exports } = guest);
});

/** Runs that allocate: each is a callback of its own, as in a filter. */
function inCallback<T>(run: () => T): T {
  exports.nextCallback();
  return run();
}

const answer = (size: number): Buffer => Buffer.from(guest.read(exports.result(), size));

/** Bytes with a share of broken and odd UTF-8. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => Buffer.from(text)),
  fc
    .array(
      fc.constantFrom(
        [0x2f],
        [0xc0, 0xaf], // an overlong slash
        [0xe0, 0x80, 0xaf],
        [0xf0, 0x80, 0x80, 0xaf],
        [0xed, 0xa0, 0x80], // a surrogate
        [0xf4, 0x90, 0x80, 0x80], // beyond U+10FFFF
        [0xf0, 0x9f, 0xa6], // cut off
        [0xef, 0xbf, 0xbd], // U+FFFD itself
        [0xef, 0xbb, 0xbf], // a byte-order mark
        [0xff],
      ),
      { maxLength: 8 },
    )
    .map((parts) => Uint8Array.from(parts.flat())),
);

describe("UTF-8", () => {
  test("is decoded as the Encoding Standard says, the flawed as well", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        guest.write(value);
        const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(value);
        expect(inCallback(() => answer(exports.recode(value.length))).toString("hex")).toBe(
          Buffer.from(text).toString("hex"),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test("is told from what is none", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        guest.write(value);
        let valid = true;
        try {
          new TextDecoder("utf-8", { fatal: true }).decode(value);
        } catch {
          valid = false;
        }
        expect(exports.isUtf8(value.length) !== 0).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(TEXTS.map((text, index) => [JSON.stringify(text), index] as const))(
    "%s is encoded",
    (_, index) => {
      const text = TEXTS[index] ?? "";
      expect(inCallback(() => answer(exports.encode(index)))).toEqual(Buffer.from(text));
    },
  );
});

describe("a view and a text", () => {
  test("are compared as their bytes", () => {
    const around = fc.constantFrom(...TEXTS, "b", "GOLD", "gold", "Golden", "\ufffd", "X-USER", "grü");
    fc.assert(
      fc.property(around, around, fc.nat(TEXTS.length - 1), (front, back, index) => {
        const value = Buffer.from(front + back);
        const text = Buffer.from(TEXTS[index] ?? "");
        guest.write(value);
        const is = (answered: number): boolean => answered !== 0;
        const { length } = value;
        expect(is(exports.equals(length, index))).toBe(value.equals(text));
        expect(is(exports.startsWith(length, index))).toBe(value.subarray(0, text.length).equals(text));
        expect(is(inCallback(() => exports.endsWith(length, index)))).toBe(
          text.length <= length && value.subarray(length - text.length).equals(text),
        );
      }),
    );
  });

  test("are compared without regard to the case of ASCII letters only", () => {
    const is = (value: string, text: string): boolean => {
      guest.write(Buffer.from(value));
      return exports.equalsIgnoringCase(Buffer.byteLength(value), TEXTS.indexOf(text)) !== 0;
    };
    expect(is("GOLD", "Gold")).toBe(true);
    expect(is("x-user", "x-User")).toBe(true);
    expect(is("golds", "Gold")).toBe(false);
    expect(is("x\ruser", "x-User")).toBe(false);
    // Beyond ASCII a text has no case, so it is never taken for equal.
    expect(is("GRÜß", "grüß")).toBe(false);
    // `@` and backquote lie where a careless fold would join them with letters.
    expect(is("@", "a")).toBe(false);
  });
});

test("two views are compared, searched and cut as Node does it", () => {
  const short = fc.array(fc.constantFrom(0x41, 0x61, 0x42, 0x20, 0x09, 0xff), { maxLength: 12 });
  fc.assert(
    fc.property(short, short, fc.nat(14), fc.nat(14), (first, second, from, to) => {
      const value = Buffer.from(first);
      const other = Buffer.from(second);
      guest.write(value);
      guest.write(other, 100);
      const { length } = value;
      const is = (answered: number): boolean => answered !== 0;
      expect(is(exports.equalsBytes(length, 100, other.length))).toBe(value.equals(other));
      expect(is(exports.startsWithBytes(length, 100, other.length))).toBe(
        value.subarray(0, other.length).equals(other),
      );
      expect(is(exports.endsWithBytes(length, 100, other.length))).toBe(
        other.length <= length && value.subarray(length - other.length).equals(other),
      );
      const lower = (bytes: Buffer): string =>
        bytes.toString("latin1").replace(/[A-Z]/g, (c) => c.toLowerCase());
      expect(is(exports.equalsBytesIgnoringCase(length, 100, other.length))).toBe(
        lower(value) === lower(other),
      );
      const found = from > length ? -1 : value.indexOf(other, from);
      expect(exports.indexOf(length, 100, other.length, from)).toBe(found);
      expect(exports.at(length, from)).toBe(value[from] ?? -1);
      const end = Math.min(to, length);
      expect(answer(inCallback(() => exports.slice(length, from, to)))).toEqual(
        value.subarray(Math.min(from, end), end),
      );
      const text = value.toString("latin1");
      const parts = other.length === 0 ? [text] : text.split(other.toString("latin1"));
      expect(answer(inCallback(() => exports.split(length, 100, other.length))).toString("latin1")).toBe(
        parts.join("|"),
      );
      expect(answer(inCallback(() => exports.trim(length))).toString("latin1")).toBe(
        value.toString("latin1").replace(/^[ \t]+|[ \t]+$/g, ""),
      );
      expect(answer(inCallback(() => exports.toLowerCase(length))).toString("latin1")).toBe(lower(value));
    }),
  );
});

test.each([
  ["0", 0n],
  ["007", 7n],
  ["9223372036854775807", 9223372036854775807n],
  ["9223372036854775808", -1n],
  ["18446744073709551615", -1n],
  ["99999999999999999999", -1n],
  ["", -1n],
  ["-1", -1n],
  ["+1", -1n],
  [" 1", -1n],
  ["1.0", -1n],
  ["0x10", -1n],
])("the digits %j are the number %s", (text, value) => {
  guest.write(text);
  expect(exports.toInteger(text.length)).toBe(value);
});

test("a view that is kept is empty from the next callback on; a copy stays", () => {
  exports.nextCallback();
  guest.write("secret");
  exports.keep(6);
  expect([exports.keptSize(), exports.keptPartSize()]).toEqual([6, 5]);
  exports.nextCallback();
  guest.write("others");
  expect([exports.keptSize(), exports.keptPartSize()]).toEqual([0, 0]);
  expect(exports.keptEmpty()).toBe(1);
  expect(answer(exports.copiedSize()).toString()).toBe("secret");
});
