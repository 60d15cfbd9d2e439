import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry, type Guest } from "./testing/compile.ts";
import { StubHost } from "./testing/host.ts";
import { check } from "./testing/property.ts";

type Predicate = (slot: number, literal: number, size: number) => number;

interface Exports {
  readRequest(name: number, size: number): number;
  isPresent(slot: number): number;
  isNotEmpty(slot: number): number;
  is: Predicate;
  startsWith: Predicate;
  endsWith: Predicate;
  isIgnoringCase: Predicate;
  startsWithIgnoringCase: Predicate;
  endsWithIgnoringCase: Predicate;
  same(a: number, b: number, size: number): number;
}

const NAME = "x-role";

let start: (host?: StubHost) => Guest<Exports>;
let host: StubHost;
let guest: Guest<Exports>;

beforeAll(async () => {
  start = await entry<Exports>("values");
});

beforeEach(() => {
  host = new StubHost();
  guest = start(host);
});

/** Puts the values into slot 0, among headers that must not matter. */
function read(values: readonly string[]): void {
  host.headers = [
    ["x-rolf", "admin"],
    ...values.map((v): [string, string] => [NAME, v]),
    ["x-role2", "admin"],
  ];
  expect(guest.exports.readRequest(guest.write(NAME), NAME.length)).toBe(1);
}

const lower = (text: string): string => text.replace(/[A-Z]/g, (c) => c.toLowerCase());

const model = {
  is: (value: string, literal: string) => value === literal,
  startsWith: (value: string, literal: string) => value.startsWith(literal),
  endsWith: (value: string, literal: string) => value.endsWith(literal),
  isIgnoringCase: (value: string, literal: string) => lower(value) === literal,
  startsWithIgnoringCase: (value: string, literal: string) => lower(value).startsWith(literal),
  endsWithIgnoringCase: (value: string, literal: string) => lower(value).endsWith(literal),
};

// Few letters, so that texts often agree in part; `@[` and backtick-brace stand around the letters, \xc1 is no ASCII.
const text = fc
  .array(
    fc.constantFrom("a", "b", "A", "B", "Z", "z", "@", "[", "`", "{", "\xc1", "\xe1", "\0", "abababab"),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(""));
const values = fc.array(text, { maxLength: 5 });

describe("a predicate holds when any value satisfies it:", () => {
  test.each(Object.keys(model) as (keyof typeof model)[])("%s", (predicate) => {
    const property = fc.property(values, text, fc.nat(20), fc.nat(20), (all, other, from, size) => {
      // Half the literals are cut out of a value, or none would ever match.
      const source = all[0] !== undefined && from % 2 === 0 ? all[0] : other;
      const cut = source.slice(from >> 1).slice(0, size);
      const literal = predicate.endsWith("Case") ? lower(cut) : cut;
      read(all);
      const holds = guest.exports[predicate](0, guest.write(literal, 100), literal.length) === 1;
      expect(holds).toBe(all.some((value) => model[predicate](value, literal)));
    });
    check(property, 2000);
  });

  test("isPresent and isNotEmpty", () => {
    const property = fc.property(values, (all) => {
      read(all);
      expect(guest.exports.isPresent(0) === 1).toBe(all.length > 0);
      expect(guest.exports.isNotEmpty(0) === 1).toBe(all.some((value) => value !== ""));
    });
    check(property);
  });
});

test("an empty value is a value, and an empty literal a literal", () => {
  read([""]);
  const { exports } = guest;
  const nothing = guest.write("", 100);
  expect([exports.isPresent(0), exports.isNotEmpty(0), exports.is(0, nothing, 0)]).toEqual([1, 0, 1]);
  read([]);
  expect([exports.isPresent(0), exports.is(0, nothing, 0), exports.startsWith(0, nothing, 0)]).toEqual([
    0, 0, 0,
  ]);
});

test("bytes are compared at every length and alignment", () => {
  const property = fc.property(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.nat(7),
    fc.nat(7),
    fc.nat(),
    (bytes, a, b, flip) => {
      const at = [guest.write(bytes, a), guest.write(bytes, 1024 + b)] as const;
      expect(guest.exports.same(...at, bytes.length)).toBe(1);
      const place = at[1] + (flip % bytes.length);
      const { memory } = guest;
      memory[place] = (memory[place] ?? 0) ^ 0x80;
      expect(guest.exports.same(...at, bytes.length)).toBe(0);
    },
  );
  check(property);
});
