import { createHmac, generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CompactSign, compactVerify } from "jose";
import { verifySignature } from "../../../host/foreign-functions/signatures.ts";
import { check } from "../testing/property.ts";
import { ALGORITHMS, blobKey, keySetBlob, type Algorithm, type BlobKey } from "../testing/token-blobs.ts";
import { tokens, type TokenGuest } from "../testing/token-guest.ts";

let start: Awaited<ReturnType<typeof tokens>>;
let guest: TokenGuest;

beforeAll(async () => {
  start = await tokens();
});

beforeEach(() => {
  guest = start({ verify_signature: verifySignature });
});

interface Pair {
  readonly algorithm: Algorithm;
  readonly privateKey: KeyObject | Uint8Array;
  readonly publicKey: KeyObject | Uint8Array;
  readonly key: BlobKey;
}

const secret = Buffer.from("a secret that is long enough for it to be one");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });

const pair = (algorithm: Algorithm, keys: { publicKey: KeyObject; privateKey: KeyObject }): Pair => ({
  algorithm,
  ...keys,
  key: blobKey({ ...keys.publicKey.export({ format: "jwk" }), alg: algorithm }),
});

const HS256: Pair = {
  algorithm: "HS256",
  privateKey: secret,
  publicKey: secret,
  key: { algorithms: ALGORITHMS.HS256, key: secret },
};
const RS256 = pair("RS256", rsa);
const PAIRS: readonly Pair[] = [
  RS256,
  pair("RS384", rsa),
  pair("RS512", rsa),
  pair("ES256", p256),
  pair("ES384", p384),
  HS256,
];

const encoded = (value: string | object): string =>
  Buffer.from(
    typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value),
  ).toString("base64url");

/** A token with any header, signed as `algorithm` says. */
function signed(header: string | object, payload: string, { algorithm, privateKey }: Pair): string {
  const text = `${encoded(header)}.${encoded(payload)}`;
  if (privateKey instanceof Uint8Array) {
    return `${text}.${createHmac("sha256", privateKey).update(text).digest("base64url")}`;
  }
  const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
  return `${text}.${sign(`sha${algorithm.slice(2)}`, Buffer.from(text), key).toString("base64url")}`;
}

const compact = (
  payload: Uint8Array,
  { algorithm, privateKey }: Pair,
  header: object = {},
): Promise<string> =>
  new CompactSign(payload).setProtectedHeader({ alg: algorithm, ...header }).sign(privateKey);

const verifiedByJose = async (token: string, { publicKey, algorithm }: Pair): Promise<boolean> =>
  compactVerify(token, publicKey, { algorithms: [algorithm] }).then(
    () => true,
    () => false,
  );

describe.each(PAIRS.map((one) => [one.algorithm, one] as const))("%s", (_, one) => {
  test("what jose signs is good, and under no other key", async () => {
    const others = PAIRS.filter(({ algorithm }) => algorithm !== one.algorithm).map(({ key }) => key);
    const payload = fc.uint8Array({ maxLength: 600 });
    for (const bytes of fc.sample(payload, { numRuns: 30, seed: 1 })) {
      const token = await compact(bytes, one);
      expect(guest.isSigned(token, [one.key])).toBe(true);
      expect(guest.isSigned(token, [...others, one.key])).toBe(true);
      expect(guest.isSigned(token, others)).toBe(false);
      expect(guest.isSigned(token, [])).toBe(false);
    }
  });

  test("with any bit flipped, it is not", async () => {
    const token = await compact(Buffer.from('{"sub":"joe"}'), one);
    const set = guest.place(keySetBlob([one.key]));
    expect(guest.isSignedUnder(token, set)).toBe(true);
    const bytes = Buffer.from(token);
    const survivors: string[] = [];
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bent = Buffer.from(bytes);
        bent[at] = (bent[at] ?? 0) ^ (1 << bit);
        if (guest.isSignedUnder(bent.toString("latin1"), set)) survivors.push(bent.toString("latin1"));
      }
    }
    expect(survivors).toEqual([]);
  });

  test("changed in any way, it is good only where jose says so", async () => {
    const token = await compact(Buffer.from('{"sub":"joe"}'), one, { kid: "a", typ: "JWT" });
    const set = guest.place(keySetBlob([one.key]));
    const edit = fc.tuple(
      fc.nat(token.length),
      fc.nat(4),
      fc.string({ unit: fc.constantFrom("A", "Q", "g", "_", "-", ".", "=", "e", "y"), maxLength: 4 }),
    );
    let changed = 0;
    for (const [at, drop, put] of fc.sample(edit, { numRuns: 300, seed: 2 })) {
      const bent = token.slice(0, at) + put + token.slice(at + drop);
      if (bent !== token) changed++;
      if (guest.isSignedUnder(bent, set))
        expect([bent, await verifiedByJose(bent, one)]).toEqual([bent, true]);
    }
    expect(changed).toBeGreaterThan(200);
  });

  test("a header that jose reads otherwise is refused", async () => {
    const { algorithm: alg } = one;
    const good = [
      { alg },
      { typ: "JWT", alg, kid: "x" },
      {
        alg,
        jku: "https://attacker.test/",
        jwk: { kty: "oct", k: "AA" },
        x5c: ["AA"],
        nested: [{ alg: "none" }, { crit: 1 }],
      },
      ` \n{ "alg" : "${alg}" }\t`,
      `{"\\u0061lg":"${alg}"}`,
      { alg, kid: "" },
    ];
    for (const header of good) {
      const token = signed(header, "{}", one);
      expect([header, guest.isSigned(token, [one.key])]).toEqual([header, true]);
      expect([header, await verifiedByJose(token, one)]).toEqual([header, true]);
    }
    const bad = [
      {},
      "",
      "null",
      [],
      `"${alg}"`,
      { alg: "none" },
      { alg: "None" },
      { alg: "" },
      { alg: alg.toLowerCase() },
      { alg: `${alg} ` },
      { alg: [alg] },
      { alg: 256 },
      { alg, crit: ["exp"] },
      { alg, crit: [] },
      { alg, crit: ["b64"], b64: true },
      { alg, b64: false },
      { alg, kid: 5 },
      { alg, kid: null },
      `{"alg":"${alg}","alg":"${alg}"}`,
      `{"alg":"none","alg":"${alg}"}`,
      `{"alg":"${alg}","alg":"none"}`,
      `{"alg":"${alg}","kid":"a","kid":"a"}`,
      `{"alg":"${alg}","\\u0063rit":["exp"]}`,
      `{"alg":"${alg}"}x`,
      `{"alg":"${alg}"`,
      `{"alg":"${alg}",}`,
      `\ufeff{"alg":"${alg}"}`,
    ];
    for (const header of bad) {
      expect([header, guest.isSigned(signed(header, "{}", one), [one.key])]).toEqual([header, false]);
    }
    const notUtf8 = Buffer.concat([Buffer.from(`{"alg":"${alg}","x":"`), Buffer.of(0xff), Buffer.from('"}')]);
    expect(guest.isSigned(signed(notUtf8, "{}", one), [one.key])).toBe(false);
  });
});

describe("the numbers of an ECDSA signature become DER", () => {
  /** As X.690 has it, from numbers. */
  function der(numbers: readonly bigint[]): string {
    const integers = numbers.map((number) => {
      const hex = number.toString(16);
      const even = hex.length % 2 === 0 ? hex : `0${hex}`;
      const bytes = parseInt(even.slice(0, 2), 16) > 0x7f ? `00${even}` : even;
      return `02${(bytes.length / 2).toString(16).padStart(2, "0")}${bytes}`;
    });
    const body = integers.join("");
    return `30${(body.length / 2).toString(16).padStart(2, "0")}${body}`;
  }

  test.each([32, 48])("of %d bytes each, whatever they begin with", (size) => {
    const limit = 1n << BigInt(8 * size);
    const number = fc.oneof(
      fc.bigInt({ min: 0n, max: limit - 1n }),
      fc
        .tuple(fc.bigInt({ min: 0n, max: limit - 1n }), fc.nat(8 * size))
        .map(([n, shift]) => n >> BigInt(shift)),
      fc.constantFrom(
        0n,
        1n,
        0x7fn,
        0x80n,
        0xffn,
        0x100n,
        limit - 1n,
        limit >> 1n,
        (limit >> 1n) - 1n,
        limit >> 8n,
      ),
    );
    check(
      fc.property(number, number, (r, s) => {
        const raw = Buffer.from([r, s].map((n) => n.toString(16).padStart(2 * size, "0")).join(""), "hex");
        const to = guest.guest.write("", 1000);
        const length = guest.exports.writeDerSignature(guest.guest.write(raw), size, to);
        expect(Buffer.from(guest.guest.read(to, length)).toString("hex")).toBe(der([r, s]));
        expect(length).toBeLessThanOrEqual(104);
      }),
    );
  });

  test("and no other length will do", () => {
    for (const one of PAIRS.filter(({ algorithm }) => algorithm.startsWith("ES"))) {
      const token = signed({ alg: one.algorithm }, "{}", one);
      const at = token.lastIndexOf(".") + 1;
      const raw = Buffer.from(token.slice(at), "base64url");
      const half = raw.length / 2;
      const zero = Buffer.alloc(1);
      const longer = Buffer.concat([zero, raw.subarray(0, half), zero, raw.subarray(half)]);
      for (const bytes of [
        raw.subarray(1),
        longer,
        Buffer.concat([raw, Buffer.alloc(2)]),
        Buffer.alloc(0),
        Buffer.alloc(2 * half),
      ])
        expect(guest.isSigned(token.slice(0, at) + bytes.toString("base64url"), [one.key])).toBe(false);
    }
  });
});

describe("an algorithm that does not fit the key", () => {
  const spki = rsa.publicKey.export({ type: "spki", format: "der" });
  const pem = rsa.publicKey.export({ type: "spki", format: "pem" });
  const rsaKey = blobKey(rsa.publicKey.export({ format: "jwk" }));

  test.each([
    ["DER", spki],
    ["PEM", Buffer.from(pem)],
    ["PEM without its end of line", Buffer.from(pem.toString().trimEnd())],
    ["modulus", Buffer.from(rsa.publicKey.export({ format: "jwk" }).n ?? "", "base64url")],
  ])("HS256 under a public key's %s is refused", (_, key) => {
    const token = signed({ alg: "HS256" }, "{}", {
      algorithm: "HS256",
      privateKey: key,
      publicKey: key,
      key: rsaKey,
    });
    expect(guest.isSigned(token, [rsaKey])).toBe(false);
    expect(guest.host.foreignCalls).toBe(0);
  });

  test("of another curve or type is refused, also where the key says nothing of algorithms", () => {
    for (const one of PAIRS.slice(0, 5)) {
      for (const other of PAIRS.slice(0, 5)) {
        const token = signed({ alg: other.algorithm }, "{}", one);
        const key = blobKey((one.publicKey as KeyObject).export({ format: "jwk" }));
        expect(guest.isSigned(token, [key])).toBe(one === other);
      }
    }
  });

  test("no secret shorter than the digest is used", () => {
    const short = secret.subarray(0, 31);
    const key = { algorithms: ALGORITHMS.HS256, key: short };
    expect(
      guest.isSigned(
        signed({ alg: "HS256" }, "{}", { algorithm: "HS256", privateKey: short, publicKey: short, key }),
        [key],
      ),
    ).toBe(false);
    const enough = secret.subarray(0, 32);
    const good = { algorithms: ALGORITHMS.HS256, key: enough };
    expect(
      guest.isSigned(
        signed({ alg: "HS256" }, "{}", {
          algorithm: "HS256",
          privateKey: enough,
          publicKey: enough,
          key: good,
        }),
        [good],
      ),
    ).toBe(true);
  });
});

describe("of a key set", () => {
  const right = secret;
  const wrong = (i: number): Buffer => Buffer.alloc(40, i + 1);
  const token = (kid?: string): string =>
    signed({ alg: "HS256", ...(kid !== undefined && { kid }) }, "{}", HS256);
  const keyOf = (
    kid: string | undefined,
    key: Uint8Array,
    algorithms: number = ALGORITHMS.HS256,
  ): BlobKey => ({ kid, algorithms, key });

  test("the keys with the token's kid are tried, and those without", () => {
    const kid = fc.option(fc.constantFrom("a", "b", "ab", "", "é"), { nil: undefined });
    const key = fc.record({ kid, right: fc.boolean(), fits: fc.boolean() });
    check(
      fc.property(kid, fc.array(key, { maxLength: 8 }), (wanted, keys) => {
        const set = keys.map((one, i) =>
          keyOf(one.kid, one.right ? right : wrong(i), one.fits ? ALGORITHMS.HS256 : ALGORITHMS.RS256),
        );
        const expected = keys.some(
          (one) =>
            one.right && one.fits && (one.kid === undefined || wanted === undefined || one.kid === wanted),
        );
        expect(guest.isSigned(token(wanted), set)).toBe(expected);
      }),
    );
  });

  test("eight keys are tried, and no more", () => {
    const set = (before: number): BlobKey[] => [
      ...Array.from({ length: before }, (_, i) => keyOf(undefined, wrong(i))),
      keyOf(undefined, right),
    ];
    expect([guest.isSigned(token(), set(7)), guest.isSigned(token(), set(8))]).toEqual([true, false]);
    const rsaKey = blobKey(rsa.publicKey.export({ format: "jwk" }));
    const forged = `${encoded({ alg: "RS256" })}.e30.${Buffer.alloc(256, 1).toString("base64url")}`;
    expect(
      guest.isSigned(
        forged,
        Array.from({ length: 64 }, () => rsaKey),
      ),
    ).toBe(false);
    expect(guest.host.foreignCalls).toBe(8);
  });

  test("none is no set", () => {
    guest.exports.resetArena();
    expect(guest.exports.readToken(guest.guest.write(token()), token().length)).toBe(1);
    expect(guest.exports.verifyToken(0)).toBe(0);
  });
});

describe("a host", () => {
  const one = RS256;
  const token = signed({ alg: "RS256" }, "{}", one);
  const answers: [string, Uint8Array | number][] = [
    ["a status", 10],
    ["not found", 1],
    ["nothing", Buffer.alloc(0)],
    ["false", Buffer.of(8, 0)],
    ["true and an error", Buffer.of(8, 1, 0x12, 1, 0x78)],
    ["an error", Buffer.of(0x12, 1, 0x78)],
    ["another field", Buffer.of(0x10, 1)],
    ["half a field", Buffer.of(8)],
    ["another two", Buffer.of(8, 2)],
  ];
  test.each(answers)("that answers %s verifies nothing", (_, answer) => {
    guest.host.functions = { verify_signature: () => answer };
    expect(guest.isSigned(token, [one.key])).toBe(false);
    expect(guest.host.foreignCalls).toBe(1);
  });

  test("that has no such function verifies nothing", () => {
    guest.host.functions = {};
    expect(guest.isSigned(token, [one.key])).toBe(false);
  });

  test("is asked once for a token, and not at all for one that is broken", () => {
    expect(guest.isSigned(token, [one.key])).toBe(true);
    expect(guest.host.foreignCalls).toBe(1);
    const long = `${token.slice(0, token.lastIndexOf("."))}.${Buffer.alloc(2049).toString("base64url")}`;
    for (const broken of ["", "..", `${token}=`, `${token}.`, `x${token}`, long])
      expect(guest.isSigned(broken, [one.key])).toBe(false);
    expect(guest.host.foreignCalls).toBe(1);
  });
});

test("a signature is written in one way only, where jose takes several", async () => {
  const token = signed({ alg: "HS256" }, "{}", HS256);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const unusedBit = alphabet[alphabet.indexOf(token.slice(-1)) ^ 1] ?? "";
  for (const other of [`${token}=`, `${token} `, token.slice(0, -1) + unusedBit]) {
    expect([await verifiedByJose(other, HS256), guest.isSigned(other, [HS256.key])]).toEqual([true, false]);
  }
});

// The tokens of the standards themselves (RFC 7519's example is RFC 7515's first); those of RFC 7520 are among
// Wycheproof's.
describe("RFC 7515, appendix A", () => {
  const payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const cases: [string, JsonWebKey, string, string][] = [
    [
      "A.1, HS256",
      {
        kty: "oct",
        k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
      },
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    ],
    [
      "A.2, RS256",
      {
        kty: "RSA",
        n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        e: "AQAB",
      },
      "eyJhbGciOiJSUzI1NiJ9",
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    ],
    [
      "A.3, ES256",
      {
        kty: "EC",
        crv: "P-256",
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
      },
      "eyJhbGciOiJFUzI1NiJ9",
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    ],
  ];
  test.each(cases)("%s", (_, jwk, header, signature) => {
    expect(guest.isSigned(`${header}.${payload}.${signature}`, [blobKey(jwk)])).toBe(true);
    expect(guest.isSigned(`${header}.${payload}A.${signature}`, [blobKey(jwk)])).toBe(false);
  });

  test("A.5, without a signature, is none", () => {
    const keys = cases.map(([, jwk]) => blobKey(jwk));
    expect(guest.isSigned(`eyJhbGciOiJub25lIn0.${payload}.`, keys)).toBe(false);
  });
});
