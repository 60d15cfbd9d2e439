import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { exportJWK } from "jose";
import { verifySignature } from "../../../host/foreign-functions/signatures.ts";
import { tokens, type TokenGuest } from "../testing/token-guest.ts";

const REFUSED = 0;
const CHANGED = 1;
const SAME = 2;

let start: Awaited<ReturnType<typeof tokens>>;
let guest: TokenGuest;

beforeAll(async () => {
  start = await tokens();
});

beforeEach(() => {
  guest = withRoom(32_768);
});

function withRoom(capacity: number): TokenGuest {
  const fresh = start({ verify_signature: verifySignature });
  expect(fresh.exports.reserveKeySet(fresh.exports.keySetState(), capacity)).toBe(1);
  return fresh;
}

function replace(given: unknown): number {
  const json = Buffer.from(typeof given === "string" ? given : JSON.stringify(given));
  return guest.exports.replaceKeySet(guest.exports.keySetState(), guest.place(json), json.length);
}

interface Entry {
  readonly kid: string | undefined;
  readonly algorithms: number;
  readonly key: string;
}

/** The keys of the set in use. */
function keys(): Entry[] {
  const at = guest.exports.keySetOf(guest.exports.keySetState()) >>> 0;
  if (at === 0) return [];
  const bytes = Buffer.from(guest.guest.memory.slice(at, at + 32_768));
  return Array.from({ length: bytes.readUInt32LE(0) }, (_, i) => {
    const [kid = 0, kidSize = 0, algorithms = 0, key = 0, keySize = 0] = [0, 1, 2, 3, 4].map((j) =>
      bytes.readUInt32LE(4 + 20 * i + 4 * j),
    );
    return {
      kid: kid === 0 ? undefined : bytes.subarray(kid, kid + kidSize).toString(),
      algorithms,
      key: bytes.subarray(key, key + keySize).toString("hex"),
    };
  });
}

const rsa = (
  modulusLength: number,
  publicExponent = 65537,
): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent });
const ec = (namedCurve: string): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync("ec", { namedCurve });
const rsaPair = rsa(2048);
const p256 = ec("P-256");
const p384 = ec("P-384");
const rsaJwk = rsaPair.publicKey.export({ format: "jwk" });
const p256Jwk = p256.publicKey.export({ format: "jwk" });
const p384Jwk = p384.publicKey.export({ format: "jwk" });
const spki = (jwk: JsonWebKey): string =>
  createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" }).toString("hex");

/** A token that one of the keys above has signed. */
function token(kid: string | undefined, algorithm: string, privateKey: KeyObject): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: algorithm, kid })}.${part({ sub: "joe" })}`;
  const signature = sign(`sha${algorithm.slice(2)}`, Buffer.from(text), {
    key: privateKey,
    dsaEncoding: "ieee-p1363",
  });
  return `${text}.${signature.toString("base64url")}`;
}

const isGood = (given: string): boolean =>
  guest.isSignedUnder(given, guest.exports.keySetOf(guest.exports.keySetState()));

describe("keys of use", () => {
  test("become DER as Node writes it, whatever their size", async () => {
    const pairs = [
      rsaPair,
      p256,
      p384,
      ec("P-256"),
      ec("P-384"),
      rsa(2048, 3),
      rsa(2056),
      rsa(3072),
      rsa(4096),
    ];
    const jwks = await Promise.all(pairs.map(({ publicKey }) => exportJWK(publicKey)));
    expect(replace({ keys: jwks })).toBe(CHANGED);
    expect(keys().map(({ key }) => key)).toEqual(jwks.map((jwk) => spki(jwk as JsonWebKey)));
  });

  test("serve for the algorithms of their type, or for the one they name", () => {
    const given = [
      rsaJwk,
      { ...rsaJwk, alg: "RS384" },
      { ...rsaJwk, kid: "a" },
      { ...p256Jwk, kid: "" },
      { ...p384Jwk, alg: "ES384", use: "sig", key_ops: ["sign", "verify"] },
    ];
    expect(replace({ keys: given })).toBe(CHANGED);
    expect(keys().map(({ kid, algorithms }) => [kid, algorithms])).toEqual([
      [undefined, 7],
      [undefined, 2],
      ["a", 7],
      ["", 8],
      [undefined, 16],
    ]);
  });

  test("check tokens", () => {
    expect(
      replace({
        keys: [
          { ...rsaJwk, kid: "r" },
          { ...p256Jwk, kid: "e" },
          { ...p384Jwk, kid: "f" },
        ],
      }),
    ).toBe(CHANGED);
    expect(isGood(token("r", "RS256", rsaPair.privateKey))).toBe(true);
    expect(isGood(token("r", "RS512", rsaPair.privateKey))).toBe(true);
    expect(isGood(token("e", "ES256", p256.privateKey))).toBe(true);
    expect(isGood(token("f", "ES384", p384.privateKey))).toBe(true);
    expect(isGood(token(undefined, "ES384", p384.privateKey))).toBe(true);
    expect(isGood(token("e", "ES384", p384.privateKey))).toBe(false);
    expect(isGood(token("f", "ES384", ec("P-384").privateKey))).toBe(false);
  });

  test("may have members with escapes, and a modulus with zeros in front", () => {
    const padded = Buffer.concat([Buffer.alloc(1), Buffer.from(rsaJwk.n ?? "", "base64url")]).toString(
      "base64url",
    );
    const json = JSON.stringify({ keys: [{ ...rsaJwk, n: padded, kid: "é\n" }] }).replace(
      '"kty"',
      '"\\u006bty"',
    );
    expect(replace(json)).toBe(CHANGED);
    expect(keys()).toEqual([{ kid: "é\n", algorithms: 7, key: spki(rsaJwk) }]);
  });
});

describe("left out is a key", () => {
  const even = Buffer.from(rsaJwk.n ?? "", "base64url");
  even[255] = (even[255] ?? 0) & 0xfe;
  const cases: [string, unknown][] = [
    [
      "that is a secret",
      { kty: "oct", k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0i" },
    ],
    ["that is private, RSA", rsaPair.privateKey.export({ format: "jwk" })],
    ["that is private, EC", p256.privateKey.export({ format: "jwk" })],
    ["for encryption", { ...rsaJwk, use: "enc" }],
    ["whose use is no text", { ...rsaJwk, use: null }],
    ["whose operations are others", { ...rsaJwk, key_ops: ["encrypt", "verif"] }],
    ["whose operations are no list", { ...rsaJwk, key_ops: "verify" }],
    ["of an algorithm that we lack", { ...rsaJwk, alg: "PS256" }],
    ["of another type's algorithm", { ...rsaJwk, alg: "ES256" }],
    ["of a secret's algorithm", { ...rsaJwk, alg: "HS256" }],
    ["of another curve's algorithm", { ...p256Jwk, alg: "ES384" }],
    ["of another curve", ec("P-521").publicKey.export({ format: "jwk" })],
    ["of a curve that fits its numbers not", { ...p256Jwk, crv: "P-384" }],
    ["without a curve", { ...p256Jwk, crv: undefined }],
    ["of another kind", generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" })],
    ["without a type", { ...rsaJwk, kty: undefined }],
    ["whose type is not spelt so", { ...rsaJwk, kty: "rsa" }],
    ["whose kid is no text", { ...rsaJwk, kid: 5 }],
    ["without its modulus", { ...rsaJwk, n: undefined }],
    ["without its exponent", { ...rsaJwk, e: undefined }],
    ["whose modulus has padding", { ...rsaJwk, n: `${rsaJwk.n ?? ""}==` }],
    ["whose modulus is even", { ...rsaJwk, n: even.toString("base64url") }],
    ["of 1,024 bits", rsa(1024).publicKey.export({ format: "jwk" })],
    [
      "of 2,047 bits",
      { ...rsaJwk, n: Buffer.concat([Buffer.of(0x7f), Buffer.alloc(255, 0xff)]).toString("base64url") },
    ],
    ["of more than 16,384 bits", { ...rsaJwk, n: Buffer.alloc(2049, 0xff).toString("base64url") }],
    ["whose modulus is zeros", { ...rsaJwk, n: Buffer.alloc(256).toString("base64url") }],
    ["of exponent 0", { ...rsaJwk, e: "AA" }],
    ["of exponent 1", { ...rsaJwk, e: "AQ" }],
    ["of an even exponent", { ...rsaJwk, e: "BA" }],
    ["of an exponent of five bytes", { ...rsaJwk, e: "AQAAAAE" }],
    ["whose coordinate is too short", { ...p256Jwk, x: Buffer.alloc(31, 1).toString("base64url") }],
    ["whose coordinate is too long", { ...p256Jwk, y: Buffer.alloc(33).toString("base64url") }],
    ["whose coordinate is no base64url", { ...p256Jwk, y: "!".repeat(43) }],
    ["that is no object", "a key"],
    ["that is a list", [rsaJwk]],
  ];
  test.each(cases)("%s, and those beside it stay", (_, bad) => {
    expect(replace({ keys: [{ ...p256Jwk, kid: "good" }, bad, { ...p384Jwk, kid: "too" }] })).toBe(CHANGED);
    expect(keys().map(({ kid }) => kid)).toEqual(["good", "too"]);
    expect(replace({ keys: [bad] })).toBe(REFUSED);
  });

  test.each(["kty", "n", "e", "kid", "alg", "use", "d"])("that has %s twice", (name) => {
    const jwk = { ...rsaJwk, kid: "a", alg: "RS256", use: "sig" };
    const value = JSON.stringify(jwk[name as keyof typeof jwk] ?? "AA");
    const twice = JSON.stringify(jwk).replace("{", `{"${name}":${value},"${name}":${value},`);
    const once = `{"kty":"EC","crv":"P-256","x":"${p256Jwk.x ?? ""}","y":"${p256Jwk.y ?? ""}"}`;
    expect(replace(`{"keys":[${twice},${once}]}`)).toBe(CHANGED);
    expect(keys().map(({ algorithms }) => algorithms)).toEqual([8]);
  });
});

describe("refused is", () => {
  const good = JSON.stringify(rsaJwk);
  test.each([
    ["nothing", ""],
    ["a web page", "<html>"],
    ["a list", `[${good}]`],
    ["an object without keys", "{}"],
    ["no key", '{"keys":[]}'],
    ["keys that are no list", `{"keys":${good}}`],
    ["keys twice", `{"keys":[${good}],"keys":[${good}]}`],
    ["more behind the end", `{"keys":[${good}]}x`],
    ["half of it", `{"keys":[${good}]`],
    ["a key cut off", `{"keys":[${good.slice(0, -1)}`],
    ["one nested too deep", `{"keys":[${good}],"x":${"[".repeat(64)}${"]".repeat(64)}}`],
    ["one over 64 KiB", `{"keys":[${good}],"x":"${"x".repeat(65_536)}"}`],
  ])("%s, and the last set stays", (_, json) => {
    expect(replace({ keys: [{ ...p256Jwk, kid: "last" }] })).toBe(CHANGED);
    expect(replace(json)).toBe(REFUSED);
    expect(keys().map(({ kid }) => kid)).toEqual(["last"]);
    expect(isGood(token("last", "ES256", p256.privateKey))).toBe(true);
  });

  test("a set of more than 64 keys", () => {
    const many = (count: number): object => ({
      keys: Array.from({ length: count }, (_, i) => ({ ...p256Jwk, kid: String(i) })),
    });
    expect(replace(many(64))).toBe(CHANGED);
    expect(replace(many(65))).toBe(REFUSED);
    expect(keys()).toHaveLength(64);
  });

  test("one that there is no room for, to the byte", () => {
    const json = { keys: [{ ...p256Jwk, kid: "k" }] };
    const needed = 1284 + 120 + 1;
    guest = withRoom(needed - 5);
    expect(replace(json)).toBe(REFUSED);
    guest = withRoom(needed);
    expect(replace(json)).toBe(CHANGED);
  });

  test("any, where there is no room at all", () => {
    guest = start();
    expect(replace({ keys: [rsaJwk] })).toBe(REFUSED);
    expect(guest.exports.keySetOf(guest.exports.keySetState())).toBe(0);
  });
});

test("the set is the same where the keys are, however they are written", () => {
  const one = { ...rsaJwk, kid: "a", use: "sig" };
  expect(replace({ keys: [one] })).toBe(CHANGED);
  expect(replace(`{"x":1, "keys" : [ ${JSON.stringify({ x5t: "AA", ...one })} ]}`)).toBe(SAME);
  expect(replace({ keys: [one, { kty: "oct", k: "AA" }] })).toBe(SAME);
  expect(replace({ keys: [{ ...one, kid: "b" }] })).toBe(CHANGED);
  expect(replace({ keys: [one] })).toBe(CHANGED);
  expect(keys().map(({ kid }) => kid)).toEqual(["a"]);
});

test("sets replace each other again and again in the same memory", () => {
  const { memoryBytes } = guest.guest;
  for (let i = 0; i < 50; i++) {
    expect(replace({ keys: [{ ...(i % 2 === 0 ? p256Jwk : rsaJwk), kid: `k${i}` }] })).toBe(CHANGED);
    const good =
      i % 2 === 0 ? token(`k${i}`, "ES256", p256.privateKey) : token(`k${i}`, "RS256", rsaPair.privateKey);
    expect(isGood(good)).toBe(true);
    expect(isGood(token(`k${i - 1}`, "ES256", p256.privateKey))).toBe(false);
  }
  expect(guest.guest.memoryBytes).toBe(memoryBytes);
});

test("before the first set no token is good", () => {
  expect(isGood(token(undefined, "ES256", p256.privateKey))).toBe(false);
  const text = "eyJhbGciOiJIUzI1NiJ9.e30";
  expect(isGood(`${text}.${createHmac("sha256", "").update(text).digest("base64url")}`)).toBe(false);
});
