import { createHash, createHmac } from "node:crypto";
import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { check } from "../testing/property.ts";
import { tokens, type TokenGuest } from "../testing/token-guest.ts";

let guest: TokenGuest;

beforeAll(async () => {
  guest = (await tokens())();
});

const hex = (at: number): string => Buffer.from(guest.guest.read(at, 32)).toString("hex");

function sha256(text: Uint8Array): string {
  const to = guest.guest.write("", 60_000);
  guest.exports.sha256(guest.guest.write(text), text.length, to);
  return hex(to);
}

function hmac(key: Uint8Array, text: Uint8Array): string {
  const to = guest.guest.write("", 60_000);
  guest.exports.hmacSha256(
    guest.guest.write(key, 50_000),
    key.length,
    guest.guest.write(text),
    text.length,
    to,
  );
  return hex(to);
}

test("SHA-256 of texts of every length up to four blocks is what Node says", () => {
  for (let size = 0; size <= 260; size++) {
    const text = Buffer.alloc(size, size);
    expect(sha256(text)).toBe(createHash("sha256").update(text).digest("hex"));
  }
});

test("HMAC with keys shorter and longer than a block is what Node says", () => {
  const given = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 1000 }));
  check(
    fc.property(given, ([key, text]) => {
      expect(hmac(key, text)).toBe(createHmac("sha256", key).update(text).digest("hex"));
    }),
    500,
  );
});

test("HMAC is that of RFC 4231", () => {
  const data = (text: string): Buffer => Buffer.from(text);
  expect(hmac(Buffer.alloc(20, 0x0b), data("Hi There"))).toBe(
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  );
  expect(hmac(Buffer.alloc(131, 0xaa), data("Test Using Larger Than Block-Size Key - Hash Key First"))).toBe(
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  );
});
