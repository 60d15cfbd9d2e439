import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { check } from "../testing/property.ts";
import { tokens, type TokenGuest } from "../testing/token-guest.ts";

let guest: TokenGuest;

beforeAll(async () => {
  guest = (await tokens())();
});

function decode(text: string): string | undefined {
  const { exports } = guest;
  const from = guest.guest.write(text);
  const to = guest.guest.write("", 30_000);
  if (exports.decodeBase64url(from, text.length, to) === 0) return undefined;
  return Buffer.from(guest.guest.read(to, exports.decodedSize(text.length))).toString("hex");
}

test("decodes what it should", () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  check(
    fc.property(bytes, (plain) => {
      const hex = Buffer.from(plain).toString("hex");
      expect(decode(Buffer.from(plain).toString("base64url"))).toBe(hex);
    }),
  );
});

test("takes exactly the texts that encoding would give", () => {
  const text = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 6 });
  const likely = fc.array(fc.constantFrom(..."AQgw-_/+=. Zz09".split("")), { maxLength: 6 });
  const given = fc.oneof(
    text.map((codes) => String.fromCharCode(...codes)),
    likely.map((characters) => characters.join("")),
  );
  check(
    fc.property(given, (one) => {
      const plain = Buffer.from(one, "base64url");
      expect(decode(one)).toBe(plain.toString("base64url") === one ? plain.toString("hex") : undefined);
    }),
    5000,
  );
});

test("each of the 256 bytes is a character or is none, in each of the four places", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (let code = 0; code < 256; code++) {
    const character = String.fromCharCode(code);
    for (let place = 0; place < 4; place++) {
      const text = `${"A".repeat(place)}${character}${"A".repeat(3 - place)}`;
      expect(decode(text) !== undefined).toBe(alphabet.includes(character));
    }
  }
});

test.each([["A"], ["AAAAA"], ["AB"], ["AAB"], ["AAA="], ["AA=="], ["A A"], ["AAAA\n"], ["AA+A"], ["AA/A"]])(
  "%j is refused",
  (text) => {
    expect(decode(text)).toBeUndefined();
  },
);
