import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { check } from "../testing/property.ts";
import { tokens, type TokenGuest } from "../testing/token-guest.ts";

let guest: TokenGuest;

beforeAll(async () => {
  guest = (await tokens())();
});

const found = (yes: number): string | undefined =>
  yes === 0 ? undefined : guest.guest.text(guest.exports.tokenPointer(), guest.exports.tokenSize());

function inHeader(value: string, prefix: string): string | undefined {
  const at = guest.guest.write(value);
  return found(
    guest.exports.tokenInHeader(at, value.length, guest.guest.write(prefix, 10_000), prefix.length),
  );
}

function inQuery(path: string, name: string): string | undefined {
  const at = guest.guest.write(path);
  return found(guest.exports.tokenInQuery(at, path.length, guest.guest.write(name, 10_000), name.length));
}

test.each([
  ["Bearer a.b.c", "Bearer ", "a.b.c"],
  ["Bearer   a.b.c", "Bearer ", "a.b.c"],
  ["Bearer a.b.c, x", "Bearer ", "a.b.c, x"],
  ["x Bearer a.b.c", "Bearer ", "a.b.c"],
  ["Bearer Bearer a", "Bearer ", "Bearer a"],
  ["Bearera.b.c", "Bearer ", undefined],
  ["bearer a.b.c", "Bearer ", undefined],
  ["Basic abc", "Bearer ", undefined],
  ["", "Bearer ", undefined],
  ["Bearer", "Bearer ", undefined],
  // A prefix and no token behind it: what there is is a token, and a bad one.
  ["Bearer ", "Bearer ", "Bearer "],
  ["Bearer ???", "Bearer ", "Bearer ???"],
  ["a.b.c", "", "a.b.c"],
  [" a.b.c", "", " a.b.c"],
  ["", "", ""],
  ["jwt=a-_.Zz09.c", "jwt=", "a-_.Zz09.c"],
])("in the header value %j behind %j there is %j", (value, prefix, token) => {
  expect(inHeader(value, prefix)).toBe(token);
});

describe("in a query", () => {
  test.each([
    ["/?access_token=a.b.c", "a.b.c"],
    ["/x?y=1&access_token=a.b.c&z=2", "a.b.c"],
    ["/?access_token=", ""],
    ["/?access_token=a&access_token=b", "a"],
    ["/?access_token=a=b", "a=b"],
    ["/?access%5Ftoken=a", "a"],
    ["/?acces%73%5ftoken=a", "a"],
    ["/?access_token=a%2Eb", "a%2Eb"],
    ["/?access_token=a#x", "a"],
    ["/?x=?access_token=a", undefined],
    ["/?x=1?&access_token=a", "a"],
    ["/?&&access_token=a", "a"],
    ["/?access_token", undefined],
    ["/?access_token&access_token=b", "b"],
    ["/?xaccess_token=a", undefined],
    ["/?access_tokens=a", undefined],
    ["/?Access_token=a", undefined],
    ["/access_token=a", undefined],
    ["/#?access_token=a", undefined],
    ["/?x#&access_token=a", undefined],
    ["/?access%5token=a", undefined],
    ["/?access%", undefined],
    ["/?access_token%3Da", undefined],
    ["/?", undefined],
    ["", undefined],
  ])("of %s there is %j", (path, token) => {
    expect(inQuery(path, "access_token")).toBe(token);
  });

  test("the first parameter of a name is found", () => {
    const part = fc.string({ unit: fc.constantFrom("a", "b", "="), maxLength: 4 });
    check(
      fc.property(fc.array(part, { maxLength: 5 }), fc.constantFrom("a", "ab", "b"), (parts, name) => {
        const pair = parts.find((one) => one.startsWith(`${name}=`));
        expect(inQuery(`/p?${parts.join("&")}`, name)).toBe(pair?.slice(name.length + 1));
      }),
    );
  });
});
