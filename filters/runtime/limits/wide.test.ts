import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry } from "../testing/compile.ts";
import { check } from "../testing/property.ts";

interface Exports {
  quotient(a: number, b: bigint, d: number): bigint;
  shareUp(a: number, part: bigint, whole: bigint): bigint;
  productFits(a: number, b: bigint, c: number, d: bigint): number;
}

let wide: Exports;

beforeAll(async () => {
  wide = (await entry<Exports>("limits"))().exports;
});

const MAX_32 = 2 ** 32 - 1;
const MAX_64 = 2n ** 64n - 1n;

// Where carries are lost: at the ends, around powers of two, and anywhere.
const word = fc.oneof(
  fc.constantFrom(0, 1, 2, MAX_32, MAX_32 - 1, 2 ** 31, 2 ** 16, 1_000_000_000),
  fc.integer({ min: 0, max: MAX_32 }),
);
const long = fc.oneof(
  fc.constantFrom(0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 32n + 1n, MAX_64, MAX_64 - 1n, 2n ** 63n),
  fc.bigInt({ min: 0n, max: MAX_64 }),
  fc.bigInt({ min: 0n, max: 2n ** 33n }),
);
const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

test("the quotient of a product of 96 bits is exact", () => {
  const property = fc.property(word, long, word, (x, b, y) => {
    fc.pre(x !== y);
    const [a, d] = x < y ? [x, y] : [y, x];
    expect(unsigned(wide.quotient(a, b, d))).toBe((BigInt(a) * b) / BigInt(d));
  });
  check(property, 5000);
});

test("products of 96 bits compare as what they are", () => {
  const property = fc.property(word, long, word, long, (a, b, c, d) => {
    expect(wide.productFits(a, b, c, d)).toBe(BigInt(a) * b <= BigInt(c) * d ? 1 : 0);
  });
  check(property, 5000);
});

test("products that are equal, or nearly so, compare as what they are", () => {
  const factor = fc.integer({ min: 1, max: 2 ** 16 - 1 });
  const property = fc.property(
    factor,
    factor,
    fc.bigInt({ min: 1n, max: 2n ** 48n }),
    fc.bigInt({ min: -1n, max: 1n }),
    (x, y, z, by) => {
      const [b, d] = [BigInt(y) * z, BigInt(x) * z + by];
      expect(wide.productFits(x, b, y, d)).toBe(BigInt(x) * b <= BigInt(y) * d ? 1 : 0);
    },
  );
  check(property, 2000);
});

test("a share is rounded up, never by more than one", () => {
  const property = fc.property(word, long, long, (a, x, y) => {
    const [part, whole] = x < y ? [x, y] : [y, x];
    fc.pre(whole !== 0n);
    expect(unsigned(wide.shareUp(a, part, whole))).toBe((BigInt(a) * part + whole - 1n) / whole);
  });
  check(property, 5000);
});
