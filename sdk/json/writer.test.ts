// JSON as the SDK writes it, read by Node.
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile, Guest } from "../../filters/runtime/testing/compile.ts";
import { check } from "../../filters/runtime/testing/property.ts";

interface Exports {
  input(size: number): number;
  nextCallback(): void;
  resultAt(): number;
  resultLength(): number;
  writeString(): void;
  writeDecoded(): void;
  writeNumber(value: number): void;
  writeInteger(value: bigint): void;
  writeAll(): void;
  overflow(times: number): number;
}

let guest: Guest<Exports>;

beforeAll(async () => {
  guest = new Guest<Exports>(await compile("sdk/testing/json.ts", "filter"));
});

beforeEach(() => guest.exports.nextCallback());

function put(bytes: Uint8Array): void {
  guest.exports.nextCallback();
  const at = guest.exports.input(bytes.length) >>> 0;
  guest.memory.set(bytes, at);
}

const result = (): string =>
  Buffer.from(guest.read(guest.exports.resultAt(), guest.exports.resultLength())).toString();

describe("strings", () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  const bytes = fc.oneof(
    text.map((content) => Buffer.from(content)),
    fc.uint8Array({ maxLength: 40 }),
  );

  test("are what they were, and what is no UTF-8 is replaced", () => {
    check(
      fc.property(bytes, (content) => {
        const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(content);
        put(content);
        guest.exports.writeString();
        expect(result()).toBe(JSON.stringify(decoded));
        put(content);
        guest.exports.writeDecoded();
        expect(result()).toBe(JSON.stringify(decoded));
      }),
      5000,
    );
  });

  test("are escaped as JSON.stringify does it, character by character", () => {
    const all = Array.from({ length: 0x120 }, (_, code) => String.fromCharCode(code)).join("");
    put(Buffer.from(all));
    guest.exports.writeString();
    expect(result()).toBe(JSON.stringify(all));
  });
});

describe("numbers", () => {
  test("are read as what they were", () => {
    check(
      fc.property(fc.double(), (value) => {
        guest.exports.nextCallback();
        guest.exports.writeNumber(value);
        expect(JSON.parse(result())).toBe(Number.isFinite(value) ? value + 0 || 0 : null);
      }),
      5000,
    );
  });

  test.each([
    [0, "0"],
    [-0, "0"],
    [-1, "-1"],
    [1e15, "1000000000000000"],
    [9007199254740991, "9007199254740991"],
    [0.5, "0.5"],
    [NaN, "null"],
    [Infinity, "null"],
    [-Infinity, "null"],
  ])("%d", (value, written) => {
    guest.exports.writeNumber(value);
    expect(result()).toBe(written);
  });

  test("are exact where they are whole", () => {
    const edges = [0n, 9n, 10n, -1n, -(1n << 63n), (1n << 63n) - 1n];
    const value = fc.oneof(
      fc.constantFrom(...edges),
      fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
      fc.bigInt({ min: -2000n, max: 2000n }),
    );
    check(
      fc.property(value, (whole) => {
        guest.exports.nextCallback();
        guest.exports.writeInteger(whole);
        expect(result()).toBe(String(whole));
      }),
    );
  });
});

test("commas stand where they belong", () => {
  guest.exports.writeAll();
  expect(result()).toBe(
    JSON.stringify({
      string: 'a "b"\n',
      integer: -5,
      number: 0.25,
      empty: {},
      list: [null, true, [], { x: false }, "[", "{", ":", 1],
    }),
  );
});

test("beyond 64 MiB there is nothing, until it is written anew", () => {
  put(Buffer.alloc(1 << 20, "x"));
  expect(guest.exports.overflow(60)).toBe(0);
  put(Buffer.alloc(1 << 20, "x"));
  expect(guest.exports.overflow(70)).toBe(7);
  expect(result()).toBe("1");
  // Control characters take six bytes each.
  put(Buffer.alloc(12 << 20, 1));
  expect(guest.exports.overflow(1)).toBe(7);
  expect(result()).toBe("1");
});
