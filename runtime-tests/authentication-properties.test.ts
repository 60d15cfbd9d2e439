// Random tokens in random places: host and interpreter make the same of each, and of tokens in order `jose` is of the same
// opinion.
import { createHmac, createPrivateKey, sign, type KeyObject } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createLocalJWKSet, errors, exportJWK, jwtVerify, type CryptoKey } from "jose";
import { Assembler } from "../compiler/index.ts";
import { bothWays, type BothWays, type Outcome } from "./support/both-ways.ts";
import { compileDocuments } from "./support/compile.ts";
import { keySet, makeKey, part, type SigningKey } from "./support/tokens.ts";

const NOW = "2030-01-01T00:00:00Z";
const seconds = Date.parse(NOW) / 1000;
/** For a long look: TOKEN_RUNS=100000. */
const RUNS = Number(process.env["TOKEN_RUNS"] ?? 1000);

const assembler = new Assembler();
const keys = new Map<string, SigningKey>();
/** What signs: private keys and secrets by name. */
const signers = new Map<string, KeyObject | Buffer>();
let bundle: BothWays;
let plain: BothWays;

beforeAll(async () => {
  const named = [
    ["rsa", "RS256", "1"],
    ["p256", "ES256", "2"],
    ["p384", "ES384", "2"],
    ["secret", "HS256", "3"],
    ["nameless", "ES256", undefined],
    ["stranger", "RS256", "1"],
  ] as const;
  for (const [name, algorithm, kid] of named) {
    const key = await makeKey(algorithm, kid);
    keys.set(name, key);
    const jwk = key.signer instanceof Uint8Array ? undefined : await exportJWK(key.signer);
    signers.set(
      name,
      jwk ? createPrivateKey({ key: { ...jwk }, format: "jwk" }) : Buffer.from(key.signer as Uint8Array),
    );
  }
  const set = (...names: string[]): string => keySet(...names.map((name) => keys.get(name) as SigningKey));
  const policy = (jwtRules: object[]): object => ({
    apiVersion: "security.istio.io/v1",
    kind: "RequestAuthentication",
    metadata: { name: "a" },
    spec: { jwtRules },
  });
  plain = await bothWays(
    await compileDocuments(
      [
        policy([
          {
            issuer: "a",
            audiences: ["x", "y"],
            jwks: set("rsa", "p256", "p384", "secret"),
            forwardOriginalToken: true,
          },
        ]),
      ],
      assembler,
    ),
    NOW,
  );
  const rules = [
    {
      issuer: "a",
      jwks: set("rsa", "p256", "nameless"),
      outputPayloadToHeader: "x-payload",
      outputClaimToHeaders: [
        { header: "x-user", claim: "sub" },
        { header: "x-deep", claim: "a.b" },
      ],
    },
    {
      issuer: "a",
      audiences: ["x"],
      jwks: set("p384"),
      outputClaimToHeaders: [{ header: "x-user", claim: "name" }],
    },
    {
      issuer: "ü",
      jwks: set("secret"),
      fromHeaders: [{ name: "x-token", prefix: "T " }, { name: "x-raw" }],
      fromParams: ["t"],
      forwardOriginalToken: true,
    },
    {
      issuer: "b",
      jwks: set("p256", "secret"),
      fromParams: ["t", "ü"],
      fromCookies: ["c"],
      spaceDelimitedClaims: ["groups"],
    },
  ];
  const authorization = {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "b" },
    spec: {
      action: "DENY",
      rules: [
        { when: [{ key: "request.auth.claims[groups]", values: ["g"] }] },
        { when: [{ key: "request.auth.claims[a][b]", values: ["v"] }] },
        { when: [{ key: "request.auth.claims[scope]", values: ["s*"] }] },
        { when: [{ key: "request.auth.audiences", values: ["y"] }] },
        { when: [{ key: "request.headers[x-user]", values: ["kim"] }] },
        { when: [{ key: "request.headers[cookie]", values: ["z*"] }] },
        { from: [{ source: { requestPrincipals: ["a/lee"] } }] },
      ],
    },
  };
  bundle = await bothWays(await compileDocuments([policy(rules), authorization], assembler), NOW);
});
afterAll(() => assembler.close());

const HASH: Record<string, string> = {
  RS256: "sha256",
  RS384: "sha384",
  RS512: "sha512",
  ES256: "sha256",
  ES384: "sha384",
};

/** A token of any text in its parts, signed as asked for where the key can. */
function signed({
  header,
  payload,
  key,
  algorithm,
}: {
  header: string;
  payload: string;
  key: string;
  algorithm: string;
}): string {
  const text = `${part(header)}.${part(payload)}`;
  const signer = signers.get(key);
  if (!signer) throw new Error(key);
  if (Buffer.isBuffer(signer))
    return `${text}.${createHmac("sha256", signer).update(text).digest("base64url")}`;
  const hash = HASH[algorithm] ?? "sha256";
  return `${text}.${sign(hash, Buffer.from(text), { key: signer, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

const often = <T>(value: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other });
const keyNames = fc.constantFrom("rsa", "p256", "p384", "secret", "nameless", "stranger");

/** A value of a claim, as JSON text, odd ones among them. */
const value = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      '"kim"',
      '"lee"',
      '"g"',
      '"g h"',
      '"s1 s2"',
      '"v"',
      '"x"',
      '["x","y"]',
      '["g"]',
      '{"b":"v"}',
      '{"b":["v"]}',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        '""',
        '" "',
        '"\\u006bim"',
        '"\\ud83d\\ude00"',
        '"\\ud83d"',
        '"a\\nb"',
        '"\t"',
        "1",
        "-0",
        "1.50",
        "1e3",
        "01",
        "true",
        "null",
      ],
      ...[
        "[]",
        "{}",
        '{"b":1}',
        '{"b":true}',
        '{"b":"v","b":"w"}',
        '[["x"]]',
        '[1,"g",{"b":"v"}]',
        '["x" "y"]',
        "[,]",
        '{"b":{"b":"v"}}',
      ],
    ),
  },
  { weight: 1, arbitrary: fc.json({ maxDepth: 2 }) },
);
const time = fc.oneof(
  fc.integer({ min: -62, max: 62 }).map((offset) => String(seconds + offset)),
  fc.constantFrom(
    "0",
    "-1",
    "1e9",
    "1.8934560005e9",
    "99999999999999999999999",
    "1e-400",
    "1e400",
    "1893455940.0000000001",
  ),
);
const member = fc.oneof(
  fc.tuple(
    fc.constantFrom("sub", "aud", "groups", "scope", "a", "name", "a.b", "jti", "other", "ü", "su\\u0062"),
    value,
  ),
  fc.tuple(
    fc.constantFrom("exp", "nbf", "iat"),
    fc.oneof({ weight: 6, arbitrary: time }, { weight: 1, arbitrary: value }),
  ),
);
/** A payload of an issuer, mostly. */
const payloadOf = (issuer: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      often(issuer, fc.constantFrom('"a"', '"b"', '"ü"', '"\\u00fc"', '"c"', "1", '["a"]', '"\\u0061"')),
      fc.array(member, { maxLength: 3 }),
      often("", fc.constantFrom(" ", "\n", ",", "x", "\ufeff")),
    )
    .map(([iss, members, odd]) => {
      const all = [["iss", iss] as const, ...members];
      return `{${all.map(([name, text]) => `"${name}":${text}`).join(",")}}${odd}`;
    });
const header = fc
  .tuple(
    fc.constantFrom("RS256", "RS384", "RS512", "ES256", "ES384", "HS256"),
    often(undefined, fc.constantFrom("1", "2", "3", "4", "")),
    often(
      "",
      fc.constantFrom(
        ',"typ":"JWT"',
        ',"crit":[]',
        ',"b64":false',
        ',"alg":"none"',
        ',"kid":"1"',
        ',"kid":1',
        ',"jwk":{}',
      ),
    ),
  )
  .map(([alg, kid, more]) => ({
    algorithm: alg,
    header: `{"alg":"${alg}"${kid === undefined ? "" : `,"kid":"${kid}"`}${more}}`,
  }));

/** What is wrong with a token, if anything. */
const slip = fc.oneof(
  { weight: 12, arbitrary: fc.constant((token: string) => token) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.constantFrom("A", ".", "=", "+", "", "AA"),
      )
      .map(([at, text]) => (token: string) => {
        const i = Math.floor(at * token.length);
        return token.slice(0, i) + text + token.slice(i + 1);
      }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      (token: string) => `${token}.`,
      () => "",
      (token: string) => token.replace(/\.[^.]*$/, "."),
    ),
  },
);

const usual: Readonly<Record<string, string>> = {
  RS256: "rsa",
  RS384: "rsa",
  RS512: "rsa",
  ES256: "p256",
  ES384: "p384",
  HS256: "secret",
};
/** A header and what signs; mostly the key that is made for it. */
const signature = fc
  .tuple(header, often(undefined, keyNames))
  .map(([head, key]) => ({ ...head, key: key ?? usual[head.algorithm] ?? "rsa" }));
interface Piece {
  readonly header?: readonly [string, string];
  readonly query?: string;
}
/** Where a token is put, and whose tokens are looked for there. */
const placed = fc.constantFrom<readonly [issuer: string, put: (text: string) => Piece]>(
  ['"a"', (text) => ({ header: ["authorization", `Bearer ${text}`] })],
  ['"a"', (text) => ({ header: ["Authorization", `bearer  ${text} `] })],
  ['"a"', (text) => ({ header: ["authorization", `Basic ${text}`] })],
  ['"a"', (text) => ({ query: `access_token=${text}` })],
  ['"ü"', (text) => ({ header: ["x-token", `T ${text}`] })],
  ['"ü"', (text) => ({ header: ["x-token", text] })],
  ['"ü"', (text) => ({ header: ["x-raw", text] })],
  ['"b"', (text) => ({ header: ["cookie", `z=1; c=${text}`] })],
  ['"b"', (text) => ({ header: ["cookie", `c="${text}"; d;; c`] })],
  ['"b"', (text) => ({ query: `t=${text}` })],
  ['"ü"', (text) => ({ query: `%74=${text.replace(/[.]/g, "%2E")}` })],
  ['"b"', (text) => ({ query: `%C3%BC=${text}` })],
);
const token = placed.chain(([issuer, put]) =>
  fc.tuple(signature, payloadOf(issuer), slip).map(
    ([head, payload, spoil]) =>
      () =>
        put(spoil(signed({ ...head, payload }))),
  ),
);
const noise = fc.constantFrom<Piece>(
  { header: ["x-user", "kim"] },
  { header: ["X-Payload", "e30"] },
  { header: ["cookie", "z=2"] },
  { header: ["origin", "https://a.test"] },
  { header: ["access-control-request-method", "PUT"] },
  { query: "x=1" },
  { query: "t" },
  { query: "" },
);

test("host and interpreter make the same of every request", async () => {
  const counts = new Map<string, number>();
  const memory = (): number | undefined => bundle.filter.workers[0]?.vm.memoryBytes;
  await bundle.ask({});
  const before = memory();
  expect(before).toBeGreaterThan(0);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        { weight: 3, arbitrary: fc.tuple(token) },
        { weight: 1, arbitrary: fc.array(token, { maxLength: 3 }) },
      ),
      fc.array(noise, { maxLength: 3 }),
      often("GET", fc.constant("OPTIONS")),
      async (tokens, others, method) => {
        const pieces = [...tokens.map((make) => make()), ...others];
        const headers = pieces.flatMap((piece) => (piece.header ? [piece.header] : []));
        const query = pieces.flatMap((piece) => (piece.query === undefined ? [] : [piece.query]));
        const outcome = await bundle.ask({
          method,
          path: query.length > 0 ? `/p?${query.join("&")}` : "/p",
          headers,
        });
        const kind = "details" in outcome ? outcome.details : "passed";
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      },
    ),
    { numRuns: RUNS, seed: 20300101 },
  );
  expect(memory()).toBe(before);
  // The requests are of every kind, or the agreement says little.
  for (const kind of ["passed", "none", "a:jwtRules[0]", "a:jwtRules[2]", "a:jwtRules[3]", "b:rules[0]"])
    expect([kind, [...counts.keys()].some((details) => details.endsWith(kind))]).toEqual([kind, true]);
});

test("of tokens in order jose is of the same opinion", async () => {
  const set = createLocalJWKSet({
    keys: ["rsa", "p256", "p384", "secret"].map((name) => (keys.get(name) as SigningKey).jwk),
  });
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(
      signature.filter(({ header: text }) => !/crit|b64|alg.*alg|kid.*kid|"kid":1/.test(text)),
      often("a", fc.constantFrom("b", "A", "")),
      fc.constantFrom<unknown>("x", "y", "z", ["z", "y"], [], ["X"], undefined),
      fc.option(fc.integer({ min: -62, max: 62 }), { nil: undefined }),
      fc.option(fc.integer({ min: -62, max: 62 }), { nil: undefined }),
      async ({ header: head, algorithm, key }, iss, aud, exp, nbf) => {
        const claims = {
          iss,
          aud,
          ...(exp !== undefined && { exp: seconds + exp }),
          ...(nbf !== undefined && { nbf: seconds + nbf }),
        };
        const text = signed({ header: head, payload: JSON.stringify(claims), key, algorithm });
        const outcome: Outcome = await plain.ask({ headers: [["authorization", `Bearer ${text}`]] });
        // Of key sets jose takes public keys only.
        const known = async (said: { kid?: string }): Promise<CryptoKey | Uint8Array> => {
          if (algorithm !== "HS256") return set(said);
          if (said.kid !== undefined && said.kid !== "3") throw new Error("another key");
          return (keys.get("secret") as SigningKey).signer;
        };
        const opinion = await jwtVerify(text, known as Parameters<typeof jwtVerify>[1] & object, {
          issuer: "a",
          audience: ["x", "y"],
          currentDate: new Date(NOW),
          clockTolerance: 60,
        }).then(
          () => "good",
          (error: unknown) => (error instanceof errors.JOSEError ? error.code : "bad"),
        );
        // Where several keys fit, jose wants to be told which.
        if (opinion === "ERR_JWKS_MULTIPLE_MATCHING_KEYS") return;
        expect([text, !("status" in outcome)]).toEqual([text, opinion === "good"]);
        if (opinion === "good") accepted++;
      },
    ),
    { numRuns: RUNS, seed: 20300101 },
  );
  expect(accepted).toBeGreaterThan(RUNS / 200);
});
