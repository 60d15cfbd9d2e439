// Numbers as the SDK reads them against Node: every double must be the nearest one, every integer exact.
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile, Guest } from "../../filters/runtime/testing/compile.ts";
import { check } from "../../filters/runtime/testing/property.ts";

interface Exports {
  input(size: number): number;
  nextCallback(): void;
  resultAt(): number;
  resultLength(): number;
  parse(): number;
  dump(): void;
  toDouble(): number;
}

let guest: Guest<Exports>;

beforeAll(async () => {
  guest = new Guest<Exports>(await compile("sdk/testing/json.ts", "filter"));
});

function put(text: string): void {
  guest.exports.nextCallback();
  const at = guest.exports.input(text.length) >>> 0;
  guest.memory.set(Buffer.from(text), at);
}

function agree(text: string): void {
  put(text);
  const double = guest.exports.toDouble();
  if (!Object.is(double, Number(text))) throw new Error(`${text} became ${double}`);
}

function integer(text: string): string | undefined {
  put(text);
  expect(guest.exports.parse()).toBe(1);
  guest.exports.dump();
  const dumped = Buffer.from(guest.read(guest.exports.resultAt(), guest.exports.resultLength())).toString();
  return (JSON.parse(dumped) as string[])[2];
}

const word = new DataView(new ArrayBuffer(8));

/** A double of any exponent. */
const double = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((bits) => {
  word.setBigUint64(0, bits);
  return word.getFloat64(0);
});
const finite = double.filter(Number.isFinite);

/** The decimal digits of a positive double, all of them. */
function exactDigits(value: number): string {
  word.setFloat64(0, value);
  const bits = word.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const mantissa = (bits & ((1n << 52n) - 1n)) | (exponent > 0 ? 1n << 52n : 0n);
  const shift = Math.max(exponent, 1) - 1075;
  return shift >= 0 ? String(mantissa << BigInt(shift)) : `${mantissa * 5n ** BigInt(-shift)}e${shift}`;
}

/** The digits of the number in the middle between a positive double and the next one. */
function middleDigits(value: number): string {
  word.setFloat64(0, value);
  const bits = word.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const mantissa = (bits & ((1n << 52n) - 1n)) | (exponent > 0 ? 1n << 52n : 0n);
  const shift = Math.max(exponent, 1) - 1076;
  const middle = 2n * mantissa + 1n;
  return shift >= 0 ? String(middle << BigInt(shift)) : `${middle * 5n ** BigInt(-shift)}e${shift}`;
}

describe("doubles", () => {
  test("of any exponent, as they are written most shortly, to 17 digits, and in full", () => {
    check(
      fc.property(finite, (value) => {
        agree(String(value));
        agree(value.toExponential(16));
        if (value > 0) agree(exactDigits(value));
      }),
      5000,
    );
  });

  test("in the middle between two, and a little beside it", () => {
    check(
      fc.property(finite.map(Math.abs), (value) => {
        const middle = middleDigits(value);
        agree(middle);
        const [digits = "", exponent = "0"] = middle.split("e");
        agree(`${digits}${"0".repeat(40)}1e${Number(exponent) - 41}`);
        agree(`${BigInt(digits) - 1n}${"9".repeat(40)}e${Number(exponent) - 40}`);
        // Beyond the digits that are looked at one by one.
        agree(`${digits}${"0".repeat(800)}1e${Number(exponent) - 801}`);
      }),
      3000,
    );
  });

  test("as people write them", () => {
    const written = fc
      .tuple(
        fc.constantFrom("", "-"),
        fc.bigInt({ min: 0n, max: 10n ** 25n }),
        fc.stringMatching(/^(\.[0-9]{1,25})?$/),
        fc.stringMatching(/^([eE][+-]?0{0,3}[0-9]{1,3})?$/),
      )
      .map(([sign, whole, fraction, exponent]) => `${sign}${whole}${fraction}${exponent}`);
    check(fc.property(written, agree), 20_000);
  });

  test.each([
    "0",
    "-0",
    "-0.0e5",
    "0e99999999999999999999",
    "1e99999999999999999999",
    "-1e99999999999999999999",
    "1e-99999999999999999999",
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
    "4.9406564584124654e-324",
    "2.4703282292062327208e-324",
    "2.4703282292062328e-324",
    "2.2250738585072011e-308",
    "2.2250738585072014e-308",
    "9007199254740993",
    "9007199254740993.00000000000000000000000000000001",
    "0.000000000000000000000000000000000000000000000000000001e54",
    "100000000000000000000000000000000000000000000000000000e-53",
    "1e22",
    "1e23",
    "8.41e21",
    "999999999999999e22",
    "999999999999999e-22",
  ])("%s", agree);

  test("with as many digits as a text has room for", () => {
    agree(`0.${"0".repeat(100_000)}1e100001`);
    agree(`1${"0".repeat(100_000)}e-100000`);
    agree(`1${"0".repeat(100_000)}`);
    agree(`0.${"3".repeat(100_000)}`);
    agree("9".repeat(308));
    agree("9".repeat(310));
  });
});

describe("integers", () => {
  test("of 64 bits are exact, also with a point or an exponent", () => {
    const value = fc.oneof(
      fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
      fc.bigInt({ min: -1000n, max: 1000n }),
    );
    check(
      fc.property(value, fc.nat(20), (whole, zeros) => {
        const text = String(whole);
        expect(integer(text)).toBe(text);
        expect(integer(`${text}.${"0".repeat(zeros + 1)}`)).toBe(text);
        if (whole !== 0n) expect(integer(`${text}${"0".repeat(zeros)}e-${zeros}`)).toBe(text);
        const sign = whole < 0n ? "-" : "";
        const digits = text.replace("-", "");
        expect(integer(`${sign}0.${digits}e${digits.length}`)).toBe(text);
        const short = digits.replace(/0+$/, "") || "0";
        expect(integer(`${sign}${short}e${whole === 0n ? zeros : digits.length - short.length}`)).toBe(text);
      }),
    );
  });

  test.each([
    ["-0", "0"],
    ["0e5", "0"],
    ["0.0e-5", "0"],
    ["9223372036854775807", "9223372036854775807"],
    ["9223372036854775808", undefined],
    ["-9223372036854775808", "-9223372036854775808"],
    ["-9223372036854775809", undefined],
    ["18446744073709551616", undefined],
    ["92233720368547758070", undefined],
    ["9223372036854775807.1", undefined],
    ["0.1", undefined],
    ["1e-1", undefined],
    ["1e19", undefined],
    ["1e18", "1000000000000000000"],
    ["1e99999999999999999999", undefined],
    ["0e99999999999999999999", "0"],
    ["0e-99999999999999999999", "0"],
    ["12e-99999999999999999999", undefined],
  ])("%s", (text, value) => {
    expect(integer(text)).toBe(value);
  });
});
