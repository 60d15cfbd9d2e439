import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { check } from "../testing/property.ts";
import { claimTableBlob, type ClaimPath } from "../testing/token-blobs.ts";
import { tokens, type TokenGuest } from "../testing/token-guest.ts";

let guest: TokenGuest;

beforeAll(async () => {
  guest = (await tokens())();
});

const SECOND = 1_000_000_000n;
const NEVER = (1n << 64n) - 1n;
const BEYOND = (1n << 63n) - 1n;

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
const isObject = (value: Json): value is { [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a path leads to, as semantics have it: members only, no list on the way. */
function texts({ path, texts, value, words }: ClaimPath, claims: Json): [number, string][] {
  let at: Json | undefined = claims;
  for (const name of path)
    at = at !== undefined && isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  const found: [number, string][] = [];
  if (texts !== undefined) {
    if (typeof at === "string") {
      const all = words ? at.split(" ").filter((word) => word !== "") : [at];
      found.push(...all.map((word): [number, string] => [texts, word]));
    } else if (Array.isArray(at)) {
      for (const one of at) if (typeof one === "string") found.push([texts, one]);
    }
  }
  if (value !== undefined && (typeof at === "string" || typeof at === "number" || typeof at === "boolean"))
    found.push([value, typeof at === "number" ? JSON.stringify(at) : String(at)]);
  return found;
}

const sorted = (list: readonly (readonly [number, string])[]): string[] =>
  // Within a slot the order counts.
  [...list].sort(([a], [b]) => a - b).map(([slot, text]) => `${slot} ${text}`);

describe("the claims that policies look at", () => {
  const paths: ClaimPath[] = [
    { path: ["a"], texts: 0, value: 1 },
    { path: ["a", "b"], texts: 2 },
    { path: ["a", "b", "c"], texts: 3, value: 4 },
    { path: ["scope"], texts: 5, words: true },
    { path: ["", "\0"], texts: 6 },
    { path: ["é", "a"], value: 7 },
    { path: ["b"], texts: 8 },
  ];
  const name = fc.constantFrom("a", "b", "c", "scope", "", "\0", "é", "ab");
  const words = fc
    .array(fc.constantFrom("read", "write", " ", "  ", "é"), { maxLength: 5 })
    .map((all) => all.join(" "));
  const leaf = fc.oneof(
    words,
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.boolean(),
    fc.constant(null),
  );
  const { tree } = fc.letrec<{ tree: Json; object: Json }>((tie) => ({
    tree: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie("tree"), { maxLength: 4 }), tie("object")),
    object: fc.dictionary(name, tie("tree"), { maxKeys: 4 }),
  }));
  const claims = fc.dictionary(name, tree, { maxKeys: 6 });

  test("are found wherever they stand, and nothing else is", () => {
    check(
      fc.property(claims, fc.boolean(), (given, indented) => {
        const found = guest.claims(JSON.stringify(given, null, indented ? 1 : 0), paths);
        expect(found && sorted(found.texts)).toEqual(sorted(paths.flatMap((path) => texts(path, given))));
      }),
      1000,
    );
  });

  test("may be written with escapes, their names too", () => {
    const escaped = (text: string): string =>
      Array.from(text, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
    const payload = `{"${escaped("scope")}":"${escaped("read write")}","${escaped("a")}":{"${escaped("b")}":"\\"x\\""}}`;
    expect(guest.claims(payload, paths)?.texts).toEqual([
      [5, "read"],
      [5, "write"],
      [2, '"x"'],
    ]);
  });

  test.each([
    ["at the top", '{"a":1,"a":1}'],
    ["spelt in another way", '{"a":1,"\\u0061":1}'],
    ["below", '{"a":{"b":1,"b":2}}'],
    ["far below", '{"a":{"b":{"c":1,"x":2,"c":1}}}'],
    ["as a branch and a leaf", '{"a":{"b":"x"},"x":1,"a":"y"}'],
  ])("that appear twice, %s, are refused", (_, payload) => {
    expect(guest.claims(payload, paths)).toBeUndefined();
  });

  test("may share a name with others elsewhere", () => {
    const payload =
      '{"x":{"a":1,"a":2},"a":{"c":{"b":1},"a":{},"b":["p",{"b":1},["q"],"r"]},"list":[{"a":1},{"a":2}]}';
    expect(guest.claims(payload, paths)?.texts).toEqual([
      [2, "p"],
      [2, "r"],
    ]);
  });

  test("are found again in the next token", () => {
    for (let i = 0; i < 3; i++)
      expect(guest.claims('{"a":"x"}', paths)?.texts).toEqual([
        [0, "x"],
        [1, "x"],
      ]);
  });

  test("have 256 texts at most", () => {
    const list = (count: number): string =>
      JSON.stringify({ b: Array.from({ length: count }, (_, i) => String(i)) });
    expect(guest.claims(list(256), paths)?.texts).toHaveLength(256);
    expect(guest.claims(list(257), paths)).toBeUndefined();
    expect(guest.claims(list(257), [])?.texts).toHaveLength(0);
  });

  test("nested deeper than 64 levels are refused", () => {
    const nested = (levels: number): string => '{"a":'.repeat(levels) + "1" + "}".repeat(levels);
    expect(guest.claims(nested(64), paths)).toBeDefined();
    expect(guest.claims(nested(65), paths)).toBeUndefined();
    expect(guest.claims(`{"x":${"[".repeat(8000)}`, paths)).toBeUndefined();
  });
});

describe("registered claims", () => {
  const wrong: [string, string[]][] = [
    ["iss", ["1", "true", "null", '["a"]', "{}"]],
    ["sub", ["1", "true", "null", '["a"]', "{}"]],
    ["jti", ["1", "false", "null", '["a"]', "{}"]],
    ["aud", ["1", "true", "null", "[1]", '["a",null]', '[["a"]]', '[{"a":1}]', "{}"]],
    ["exp", ['"1"', "true", "null", "[1]", "{}"]],
    ["nbf", ['"1"', "true", "null", "[1]", "{}"]],
    ["iat", ['"1"', "true", "null", "[1]", "{}"]],
  ];
  test.each(wrong.flatMap(([name, values]) => values.map((value) => [name, value])))(
    "%s: %s is refused, with a place in the table and without",
    (name = "", value = "") => {
      expect(guest.claims(`{"${name}":${value}}`)).toBeUndefined();
      expect(guest.claims(`{"${name}":${value}}`, [{ path: [name], texts: 0, value: 1 }])).toBeUndefined();
      expect(guest.claims(`{"x":{"${name}":${value}}}`)).toBeDefined();
    },
  );

  test.each(["iss", "sub", "jti", "aud", "exp", "nbf", "iat"])("%s twice is refused", (name) => {
    const value = ["exp", "nbf", "iat"].includes(name) ? "1" : '"a"';
    expect(guest.claims(`{"${name}":${value}}`)).toBeDefined();
    expect(guest.claims(`{"${name}":${value},"${name}":${value}}`)).toBeUndefined();
  });

  test("issuer and subject are told from absent ones", () => {
    expect(guest.claims('{"iss":"é","sub":""}')).toMatchObject({ issuer: "é", subject: "" });
    const is = (text: string): boolean =>
      guest.exports.issuerIs(guest.guest.write(text, 60_000), Buffer.byteLength(text)) !== 0;
    expect(guest.claims('{"iss":"joe"}')).toMatchObject({ issuer: "joe", subject: undefined });
    expect([is("joe"), is("jo"), is("Joe"), is("joe2"), is("")]).toEqual([true, false, false, false, false]);
    expect(guest.claims("{}")).toMatchObject({ issuer: undefined, subject: undefined });
    expect(is("")).toBe(false);
    expect(guest.claims('{"iss":""}')).toBeDefined();
    expect(is("")).toBe(true);
    expect(guest.claims('{"iss":"joe"} x')).toBeUndefined();
    expect(is("joe")).toBe(false);
  });

  test("audiences are one text or a list of them", () => {
    const audience = [{ path: ["aud"], texts: 9 }];
    const has = (payload: string, text: string): boolean => {
      expect(guest.claims(payload, audience)).toBeDefined();
      return guest.exports.claimIs(9, guest.guest.write(text, 60_000), text.length) !== 0;
    };
    expect(has('{"aud":"a b"}', "a b")).toBe(true);
    expect(has('{"aud":"a b"}', "a")).toBe(false);
    expect(has('{"aud":["x","a"]}', "a")).toBe(true);
    expect(has('{"aud":["x","a"]}', "A")).toBe(false);
    expect(has('{"aud":[]}', "")).toBe(false);
    expect(has('{"aud":""}', "")).toBe(true);
    expect(has("{}", "")).toBe(false);
  });

  test.each([
    "",
    "1",
    '"x"',
    "[]",
    "[{}]",
    "null",
    "{",
    '{"a":1,}',
    '{"a":1}{}',
    "\ufeff{}",
    '{"a":1}\0',
    '{"a":01}',
    "{'a':1}",
  ])("payload %j is refused", (payload) => expect(guest.claims(payload)).toBeUndefined());

  test("a payload that is no UTF-8 is refused", () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
      const payload = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
      expect(guest.claims(payload)).toBeUndefined();
    }
  });
});

describe("times", () => {
  const timely = (payload: string, now: bigint, leeway = 0n): boolean => {
    expect(guest.claims(payload)).toBeDefined();
    return guest.exports.isTimely(now, leeway) !== 0;
  };
  const at = (second: bigint, nanosecond = 0n): bigint => second * SECOND + nanosecond;

  test("exp is the first moment at which a token is no longer good", () => {
    const payload = '{"exp":1000}';
    expect([timely(payload, at(1000n, -1n)), timely(payload, at(1000n))]).toEqual([true, false]);
    expect([timely(payload, at(1060n, -1n), at(60n)), timely(payload, at(1060n), at(60n))]).toEqual([
      true,
      false,
    ]);
    expect(BigInt.asUintN(64, guest.exports.expiryTime())).toBe(at(1000n));
  });

  test("nbf is the first moment at which a token is good", () => {
    const payload = '{"nbf":1000}';
    expect([timely(payload, at(1000n, -1n)), timely(payload, at(1000n))]).toEqual([false, true]);
    expect([timely(payload, at(940n, -1n), at(60n)), timely(payload, at(940n), at(60n))]).toEqual([
      false,
      true,
    ]);
  });

  test("a token without is good for ever, one from before 1970 is not, and none while the clock does not answer", () => {
    expect(timely("{}", at(4_000_000_000n))).toBe(true);
    expect(BigInt.asUintN(64, guest.exports.expiryTime())).toBe(NEVER);
    for (const exp of ["0", "-1", "-1e300", "1e-300"]) expect(timely(`{"exp":${exp}}`, at(1n))).toBe(false);
    expect(timely('{"iat":5e9}', at(1000n))).toBe(true);
    expect(timely('{"exp":1000}', 0n, at(60n))).toBe(false);
    expect(timely("{}", 0n)).toBe(false);
  });

  test("what was refused has expired", () => {
    expect(guest.claims('{"exp":1000')).toBeUndefined();
    expect(guest.exports.isTimely(at(1n), 0n)).toBe(0);
    expect(guest.exports.expiryTime()).toBe(0n);
  });

  test.each([
    ["1.5", 1_500_000_000n],
    ["0.0000000019", 1n],
    ["-1.5", -1_500_000_000n],
    ["1e3", 1000n * SECOND],
    ["1E+3", 1000n * SECOND],
    ["1234.5e-2", 12_345_000_000n],
    ["0e99999999999999999999", 0n],
    ["0.000e5", 0n],
    ["0.0001e5", 10n * SECOND],
    ["1e-99999999999999999999", 0n],
    ["9223372036", 9_223_372_036n * SECOND],
    ["9223372037", BEYOND],
    ["1e400", BEYOND],
    ["1e99999999999999999999", BEYOND],
    ["-1e400", -BEYOND],
    ["-0", 0n],
    ["100000000000000000000e-11", SECOND * 1_000_000_000n],
  ])("%s is %d ns", (text, nanoseconds) => {
    expect(guest.exports.nanosecondsOf(guest.guest.write(text), text.length)).toBe(nanoseconds);
  });

  test("any time of our days is exact", () => {
    const number = fc.tuple(
      fc.bigInt({ min: 0n, max: 9_000_000_000n }),
      fc.nat(999_999_999),
      fc.integer({ min: -9, max: 9 }),
    );
    check(
      fc.property(number, ([seconds, fraction, shift]) => {
        const nanoseconds = seconds * SECOND + BigInt(fraction);
        // The same number with its point elsewhere, and an exponent that puts it back.
        const digits = `${seconds}${String(fraction).padStart(9, "0")}`.padStart(20, "0");
        const point = digits.length - 9 + shift;
        const text = `${digits.slice(0, point).replace(/^0+(?=.)/, "") || "0"}.${digits.slice(point) || "0"}e${-shift}`;
        expect(guest.exports.nanosecondsOf(guest.guest.write(text), text.length)).toBe(nanoseconds);
      }),
    );
  });
});

test("a claim is looked up by its slot", () => {
  const paths = [
    { path: ["name"], value: 3 },
    { path: ["age"], value: 4 },
  ];
  expect(guest.claims('{"age":1e2,"name":"a"}', paths)).toBeDefined();
  const text = (slot: number): string | undefined =>
    guest.exports.findClaim(slot) === 0
      ? undefined
      : guest.guest.text(guest.exports.foundPointer(), guest.exports.foundSize());
  expect([text(3), text(4), text(5)]).toEqual(["a", "1e2", undefined]);
});

test("what could end a header is no header's value", () => {
  const fits = (text: string): boolean =>
    guest.exports.isHeaderValue(guest.guest.write(text), text.length) !== 0;
  for (let code = 0; code < 256; code++) {
    expect(fits(`a${String.fromCharCode(code)}b`)).toBe(code === 9 || (code >= 0x20 && code !== 0x7f));
  }
  expect(fits("")).toBe(true);
});

test("a table is laid out as README.md says", () => {
  const table = [
    "02000000",
    // The payload itself: its first claim is node 1, and it has no slots.
    "00000000 00000000 01000000 00000000 ffffffff ffffffff 00000000 00000000",
    // The claim `a`, whose name lies at 68, and whose words go into slot 5.
    "44000000 01000000 00000000 00000000 05000000 ffffffff 01000000 00000000",
    "61",
  ];
  const at = guest.place(Buffer.from(table.join("").replaceAll(" ", ""), "hex"));
  const token = `e30.${Buffer.from('{"a":"x y","b":"z"}').toString("base64url")}.`;
  expect(guest.exports.hasClaims(guest.guest.write(token), token.length, at)).toBe(1);
  const texts = Array.from({ length: guest.exports.claimTexts() }, (_, i) => [
    guest.exports.claimSlot(i),
    guest.guest.text(guest.exports.claimPointer(i), guest.exports.claimSize(i)),
  ]);
  expect(texts).toEqual([
    [5, "x"],
    [5, "y"],
  ]);
});

describe("a token", () => {
  const reads = (token: string): boolean => {
    guest.exports.resetArena();
    return guest.exports.readToken(guest.guest.write(token), token.length) !== 0;
  };

  test.each([
    "",
    ".",
    "..",
    "a",
    "a.b",
    "e30.e30",
    "e30.e30.x.",
    "e30.e30..",
    ".e30.e30.x",
    "e30.e3.x",
    "e30.e30=.x",
    "e30. e30.x",
  ])("%j has %s", (token) => expect(reads(token)).toBe(token === ".."));

  test("is 16 KiB at most", () => {
    const sized = (size: number): string =>
      `e30.${"A".repeat(4 * Math.floor((size - 9) / 4))}.`.padEnd(size, "x");
    expect([reads(sized(16_384)), reads(sized(16_385))]).toEqual([true, false]);
  });

  test("that is refused leaves no claims of the last one", () => {
    expect(guest.claims('{"iss":"joe","a":"x"}', [{ path: ["a"], texts: 0 }])).toBeDefined();
    expect(reads("x")).toBe(false);
    expect(guest.exports.readClaims(guest.place(claimTableBlob([])))).toBe(0);
    expect([
      guest.exports.claimTexts(),
      guest.exports.isTimely(1n, 0n),
      guest.exports.verifyToken(guest.place(new Uint8Array(4))),
    ]).toEqual([0, 0, 0]);
  });

  test("tells its payload, decoded and as it is written", () => {
    const payload = Buffer.from('{"a":"?>?>"}').toString("base64url");
    expect(reads(`e30.${payload}.x`)).toBe(true);
    const { exports } = guest;
    expect(guest.guest.text(exports.payloadPointer(), exports.payloadSize())).toBe('{"a":"?>?>"}');
    expect(guest.guest.text(exports.payloadTextPointer(), exports.payloadTextSize())).toBe(payload);
  });
});
