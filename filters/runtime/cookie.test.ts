import { beforeAll, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry, type Guest } from "./testing/compile.ts";
import { StubHost } from "./testing/host.ts";
import { check } from "./testing/property.ts";

interface Exports {
  readRequest(name: number, size: number): number;
  findCookie(slot: number, name: number, size: number): number;
  cookiePointer(): number;
  cookieSize(): number;
}

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

/** The cookie's value in a request with these `cookie` headers. */
function find(lines: readonly string[], name: string): string | undefined {
  host.headers = [["x-cookie", "beta=x"], ...lines.map((line): [string, string] => ["cookie", line])];
  expect(guest.exports.readRequest(guest.write("cookie"), 6)).toBe(1);
  if (guest.exports.findCookie(0, guest.write(name, 100), name.length) === 0) return undefined;
  return guest.text(guest.exports.cookiePointer(), guest.exports.cookieSize());
}

function model(lines: readonly string[], name: string): string | undefined {
  for (const pair of lines.flatMap((line) => line.split(";"))) {
    const trimmed = pair.replace(/^[ \t]+/, "").replace(/[ \t]+$/, "");
    if (trimmed.startsWith(`${name}=`)) return trimmed.slice(name.length + 1);
  }
  return undefined;
}

test.each([
  ["beta=1", "1"],
  ["a=b; beta=1; c=d", "1"],
  ["a=b;beta=1", "1"],
  ["beta=1;", "1"],
  [" \t beta=1 \t ", "1"],
  ["beta=", ""],
  ["beta=;x=1", ""],
  ["beta==", "="],
  ["beta=a=b", "a=b"],
  ['beta="1"', '"1"'],
  ["beta=1; beta=2", "1"],
  ["xbeta=2; beta=1", "1"],
  ["beta2=2; beta=1", "1"],
  ["betabeta=2; beta=1", "1"],
  ["Beta=2; beta=1", "1"],
  ["beta; beta=1", "1"],
  [";;; beta=1", "1"],
  ["a=beta=2", undefined],
  ["beta =1", undefined],
  ["beta", undefined],
  ["bet", undefined],
  ["", undefined],
  [";", undefined],
  ["a=b,beta=1", undefined],
])("in `%s` the cookie is %j", (line, expected) => {
  expect(find([line], "beta")).toBe(expected);
  expect(model([line], "beta")).toBe(expected);
});

test("all cookie headers count, in order", () => {
  expect(find(["a=1", "", "beta=2; c=3", "beta=4"], "beta")).toBe("2");
  expect(find([], "beta")).toBeUndefined();
});

const piece = fc.constantFrom(
  "beta",
  "bet",
  "a",
  "beta=",
  "=",
  ";",
  "; ",
  " ",
  "\t",
  "1",
  '"',
  "b",
  "\xff",
  "\0",
  ",",
);
const line = fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(""));
const lines = fc.array(line, { maxLength: 4 });

test("a cookie is found where the model finds it", () => {
  const name = fc.constantFrom("beta", "a", "b", "bet", "beta=");
  check(
    fc.property(lines, name, (all, n) => expect(find(all, n)).toBe(model(all, n))),
    5000,
  );
});
