// Tokens that a filter meets: good ones, and what attackers make of them. Host and interpreter must agree on each.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { importSPKI, exportSPKI, SignJWT } from "jose";
import { Assembler } from "../compiler/index.ts";
import { bothWays, type Asked, type BothWays, type Outcome } from "./support/both-ways.ts";
import { compileDocuments } from "./support/compile.ts";
import { keySet, makeKey, mint, part, type SigningKey } from "./support/tokens.ts";

const NOW = "2030-01-01T00:00:00Z";
const seconds = Date.parse(NOW) / 1000;

const assembler = new Assembler();
afterAll(() => assembler.close());

function authentication(name: string, jwtRules: readonly object[]): object {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "RequestAuthentication",
    metadata: { name },
    spec: { jwtRules },
  };
}

function authorization(name: string, spec: object): object {
  return { apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy", metadata: { name }, spec };
}

async function filterOf(...documents: object[]): Promise<BothWays> {
  return bothWays(await compileDocuments(documents, assembler), NOW);
}

const bearer = (token: string, ...more: [string, string][]): Asked => ({
  headers: [["authorization", `Bearer ${token}`], ...more],
});
const query = (text: string): Asked => ({ path: `/a?${text}` });

/** The headers that the upstream gets, of those that matter here. */
function passed(outcome: Outcome): Record<string, string> {
  if (!("headers" in outcome)) throw new Error(`refused: ${JSON.stringify(outcome)}`);
  return Object.fromEntries(outcome.headers);
}

const refusedBy = (rule: string): Outcome => ({
  status: 401,
  details: `tollgate:authentication:${rule}`,
  body: "Jwt verification fails",
});
const notTold = refusedBy("none");
const first = refusedBy("default/a:jwtRules[0]");

describe("one issuer", () => {
  let keys: Record<"RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "HS256", SigningKey>;
  let other: SigningKey;
  let filter: BothWays;
  const claims = { iss: "issuer", sub: "kim", aud: ["shop", "x"], exp: seconds + 60 };

  beforeAll(async () => {
    const [RS256, RS384, RS512, ES256, ES384, HS256] = await Promise.all([
      makeKey("RS256", "rs256"),
      makeKey("RS384", "rs384"),
      makeKey("RS512", "rs512"),
      makeKey("ES256", "es256"),
      makeKey("ES384", "es384"),
      makeKey("HS256", "hs256"),
    ]);
    keys = { RS256, RS384, RS512, ES256, ES384, HS256 };
    other = await makeKey("RS256", "rs256");
    filter = await filterOf(
      authentication("a", [
        {
          issuer: "issuer",
          audiences: ["shop", "bar"],
          jwks: keySet(...Object.values(keys)),
          outputPayloadToHeader: "x-payload",
          outputClaimToHeaders: [
            { header: "x-user", claim: "sub" },
            { header: "x-role", claim: "realm.role" },
            { header: "x-flag", claim: "flag" },
          ],
        },
      ]),
    );
  });

  test.each(["RS256", "RS384", "RS512", "ES256", "ES384", "HS256"] as const)("%s", async (algorithm) => {
    const token = await mint(keys[algorithm], claims);
    const seen = passed(await filter.ask(bearer(token)));
    expect(seen).toEqual({ "x-user": "kim", "x-payload": token.split(".")[1] });
    // Once more, from what was kept.
    expect(passed(await filter.ask(bearer(token)))).toEqual(seen);
    for (const [i, text] of token.split(".").entries()) {
      // A bit of each part, at its beginning: at the end of a part some bits mean nothing.
      const turned = `${text.startsWith("A") ? "B" : "A"}${text.slice(1)}`;
      const parts = token.split(".").map((p, at) => (at === i ? turned : p));
      expect(await filter.ask(bearer(parts.join(".")))).toEqual(i === 1 ? notTold : first);
    }
  });

  test("no token passes, and its outputs cannot be forged", async () => {
    expect(passed(await filter.ask({}))).toEqual({});
    const forged: [string, string][] = [
      ["X-User", "root"],
      ["x-user", "root"],
      ["x-payload", "e30"],
      ["x-role", "admin"],
    ];
    expect(passed(await filter.ask({ headers: forged }))).toEqual({});
    const token = await mint(keys.ES256, { ...claims, realm: { role: 7 }, flag: true });
    expect(passed(await filter.ask(bearer(token, ...forged)))).toEqual({
      "x-user": "kim",
      "x-payload": token.split(".")[1],
      "x-role": "7",
      "x-flag": "true",
    });
    // Of whatever else stands in `authorization` nothing is known, and it is the upstream's.
    expect(passed(await filter.ask({ headers: [["authorization", "Basic YTpi"], ...forged] }))).toEqual({
      authorization: "Basic YTpi",
    });
  });

  test("claims that are no header's are left out", async () => {
    for (const sub of ["", "a\nb", "a\u0000b", "\u007f"]) {
      expect(
        passed(await filter.ask(bearer(await mint(keys.ES256, { ...claims, sub }))))["x-user"],
      ).toBeUndefined();
    }
    const realms = [{ role: ["a"] }, { role: {} }, { role: null }, "admin", ["role"]];
    for (const realm of realms) {
      const seen = passed(await filter.ask(bearer(await mint(keys.ES256, { ...claims, realm }))));
      expect(seen["x-role"]).toBeUndefined();
    }
    const token = await mint(keys.ES256, {
      ...claims,
      "realm.role": "whole",
      realm: { role: "nested" },
      sub: "Ü",
    });
    const seen = passed(await filter.ask(bearer(token)));
    expect(seen["x-role"]).toBe("whole");
    expect(seen["x-user"]).toBe(Buffer.from("Ü").toString("latin1"));
  });

  test("who, for whom, and when", async () => {
    const refused = async (more: object): Promise<Outcome> =>
      filter.ask(bearer(await mint(keys.ES256, { ...claims, ...more })));
    expect(await refused({ iss: "other" })).toEqual(notTold);
    expect(await refused({ iss: undefined })).toEqual(notTold);
    expect(await refused({ iss: ["issuer"] })).toEqual(notTold);
    expect(await refused({ aud: "Shop" })).toEqual(first);
    expect(await refused({ aud: undefined })).toEqual(first);
    expect(await refused({ aud: [] })).toEqual(first);
    expect(await refused({ aud: [["shop"]] })).toEqual(notTold);
    expect(passed(await refused({ aud: "bar" }))["x-user"]).toBe("kim");
    expect(await refused({ exp: seconds - 60 })).toEqual(first);
    expect(passed(await refused({ exp: seconds - 59.5 }))["x-user"]).toBe("kim");
    expect(passed(await refused({ exp: undefined }))["x-user"]).toBe("kim");
    expect(await refused({ exp: -1 })).toEqual(first);
    expect(await refused({ exp: String(seconds + 60) })).toEqual(notTold);
    expect(await refused({ nbf: seconds + 61 })).toEqual(first);
    expect(passed(await refused({ nbf: seconds + 60 }))["x-user"]).toBe("kim");
    expect(passed(await refused({ exp: 1e300 }))["x-user"]).toBe("kim");
  });

  test("a token that was good is not good for ever", async () => {
    const token = await mint(keys.RS256, { ...claims, exp: seconds + 1 });
    const aging = await filterOf(authentication("a", [{ issuer: "issuer", jwks: keySet(keys.RS256) }]));
    expect(passed(await aging.ask(bearer(token)))).toEqual({});
    await aging.clock.advance("60s");
    expect(passed(await aging.ask(bearer(token)))).toEqual({});
    await aging.clock.advance("1s");
    expect(await aging.ask(bearer(token))).toEqual(first);
  });

  test("no signature, or one of another's", async () => {
    const body = part(JSON.stringify(claims));
    for (const alg of ["none", "None", "NONE", "nOnE", "", "HS512", "PS256", "EdDSA", "rs256"]) {
      expect(await filter.ask(bearer(`${part(JSON.stringify({ alg }))}.${body}.`))).toEqual(first);
      expect(await filter.ask(bearer(`${part(JSON.stringify({ alg }))}.${body}.AAAA`))).toEqual(first);
    }
    expect(await filter.ask(bearer(`${part("{}")}.${body}.`))).toEqual(first);
    expect(await filter.ask(bearer(await mint(other, claims)))).toEqual(first);
    expect(await filter.ask(bearer(await mint(other, claims, { jwk: other.jwk })))).toEqual(first);
    const elsewhere = { jku: "https://evil.test/keys", x5u: "https://evil.test/c", x5c: ["AAAA"] };
    expect(await filter.ask(bearer(await mint(other, claims, elsewhere)))).toEqual(first);
  });

  test("the public key is no secret", async () => {
    const { publicKey } = await crypto.subtle
      .importKey("jwk", keys.RS256.jwk, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, true, ["verify"])
      .then(async (publicKey) => ({ publicKey: await exportSPKI(publicKey) }));
    await importSPKI(publicKey, "RS256");
    const der = Buffer.from(publicKey.replace(/-----.*-----|\n/g, ""), "base64");
    for (const secret of [
      Buffer.from(publicKey),
      Buffer.from(publicKey.trim()),
      der,
      Buffer.from(keys.RS256.jwk.n ?? ""),
    ])
      for (const kid of ["rs256", "hs256", undefined]) {
        const header = { alg: "HS256", ...(kid !== undefined && { kid }) };
        const token = await new SignJWT(claims).setProtectedHeader(header).sign(secret);
        expect(await filter.ask(bearer(token))).toEqual(first);
      }
  });

  test("names of keys", async () => {
    // A key is what a token's algorithm needs, whatever its name says.
    expect(await filter.ask(bearer(await mint(keys.RS256, claims, { kid: "es256" })))).toEqual(first);
    expect(await filter.ask(bearer(await mint(keys.RS256, claims, { kid: "nobody" })))).toEqual(first);
    for (const kid of ["../../dev/null", "' or 1=1 --", "", "rs256\u0000", "RS256"])
      expect(await filter.ask(bearer(await mint(other, claims, { kid })))).toEqual(first);
    const noName = { ...keys.RS256, kid: undefined };
    expect(passed(await filter.ask(bearer(await mint(noName, claims))))["x-user"]).toBe("kim");
    const body = (await mint(keys.RS256, claims)).split(".").slice(1).join(".");
    for (const header of [
      '{"alg":"RS256","kid":7}',
      '{"alg":"RS256","alg":"RS256"}',
      '{"alg":["RS256"]}',
      "[]",
      "{",
      "7",
    ])
      expect(await filter.ask(bearer(`${part(header)}.${body}`))).toEqual(first);
  });

  test("extensions that must be understood are not", async () => {
    for (const header of [{ crit: ["exp"] }, { b64: true, crit: ["b64"] }]) {
      const [, body = ""] = (await mint(keys.HS256, claims)).split(".");
      const head = part(JSON.stringify({ alg: "HS256", kid: "hs256", ...header }));
      const key = await crypto.subtle.importKey(
        "raw",
        keys.HS256.signer as Uint8Array<ArrayBuffer>,
        { name: "HMAC", hash: "SHA-256" },
        false,
        ["sign"],
      );
      const mac = await crypto.subtle.sign("HMAC", key, Buffer.from(`${head}.${body}`));
      expect(await filter.ask(bearer(`${head}.${body}.${Buffer.from(mac).toString("base64url")}`))).toEqual(
        first,
      );
    }
  });

  test("what is no token is refused", async () => {
    const token = await mint(keys.ES256, claims);
    const [header = "", payload = "", signature = ""] = token.split(".");
    for (const text of [
      "",
      ".",
      "..",
      "...",
      "opaque",
      `${header}.${payload}`,
      `${token}.`,
      `.${token}`,
      `${header}..${signature}`,
      `${header}.${payload}=.${signature}`,
      `${header}.${payload} .${signature}`,
      `${token}, Bearer ${token}`,
      "a".repeat(17_000),
      `${header}.${part('{"iss":"issuer","iss":"issuer"}')}.${signature}`,
      `${header}.${part('{"iss":"issuer"}}')}.${signature}`,
      `${header}.${part('["issuer"]')}.${signature}`,
      `${header}.${part(`{"a":${"[".repeat(70)}${"]".repeat(70)}}`)}.${signature}`,
    ])
      expect(await filter.ask(bearer(text))).toEqual(notTold);
    // The header is looked at where the signature is.
    for (const text of [`Bearer ${token}`, `.${payload}.${signature}`, `!${token}`, `${token}!`, `${token}=`])
      expect(await filter.ask(bearer(text))).toEqual(first);
    // In the filter, names that lead to claims that somebody looks at must be there once.
    const twice = part('{"iss":"issuer","aud":"shop","realm":{"role":"a","role":"b"}}');
    expect(await filter.ask(bearer(`${header}.${twice}.${signature}`))).toEqual(notTold);
  });

  test("large tokens, up to a bound", async () => {
    const pad = async (length: number): Promise<string> =>
      mint(keys.ES256, { ...claims, pad: "x".repeat(length) });
    expect(passed(await filter.ask(bearer(await pad(11_000))))["x-user"]).toBe("kim");
    expect(await filter.ask(bearer(await pad(13_000)))).toEqual(notTold);
    const deep = async (levels: number): Promise<string> => {
      let value: unknown = 1;
      for (let i = 0; i < levels; i++) value = { a: value };
      return mint(keys.ES256, { ...claims, value });
    };
    expect(passed(await filter.ask(bearer(await deep(63))))["x-user"]).toBe("kim");
    expect(await filter.ask(bearer(await deep(64)))).toEqual(notTold);
  });

  test("the scheme has any case, and white space does not hide a token", async () => {
    const token = await mint(keys.ES256, claims);
    for (const value of [`bearer ${token}`, `BEARER ${token}`, `Bearer   ${token}`, `Bearer\t${token}`])
      expect(passed(await filter.ask({ headers: [["authorization", value]] }))["x-user"]).toBe("kim");
    for (const value of ["bearer bad", "bEaReR bad", "Bearer\tbad", "Bearer"])
      expect(await filter.ask({ headers: [["authorization", value]] })).toEqual(notTold);
    for (const value of ["Bearerx", `Token ${token}`, `xBearer ${token}`])
      expect(passed(await filter.ask({ headers: [["authorization", value]] }))).toEqual({
        authorization: value,
      });
  });

  test("several tokens must all be good, and are no more than there are places", async () => {
    const [good, better] = [
      await mint(keys.ES256, claims),
      await mint(keys.RS256, { ...claims, sub: "lee" }),
    ];
    const bad = await mint(other, { ...claims, sub: "root" });
    const twice = (a: string, b: string): Asked => ({
      headers: [
        ["authorization", `Bearer ${a}`],
        ["authorization", `Bearer ${b}`],
      ],
    });
    expect(passed(await filter.ask(twice(good, better)))["x-user"]).toBe("kim");
    expect(passed(await filter.ask(twice(better, good)))["x-user"]).toBe("lee");
    expect(await filter.ask(twice(good, bad))).toEqual(first);
    expect(await filter.ask(twice(bad, good))).toEqual(first);
    expect(await filter.ask({ ...query(`access_token=${bad}`), ...bearer(good) })).toEqual(first);
    const both = await filter.ask({ ...query(`access_token=${better}`), ...bearer(good) });
    expect(passed(both)["x-user"]).toBe("kim");
    expect(both).toMatchObject({ path: "/a" });
    expect(await filter.ask({ ...query(`access_token=${better}`), ...twice(good, good) })).toEqual(notTold);
  });

  test("in the query, however it is written; and out of it", async () => {
    const token = await mint(keys.ES256, claims);
    const escaped = Array.from(token, (c) => `%${c.charCodeAt(0).toString(16)}`).join("");
    for (const [text, path] of [
      [`access_token=${token}`, "/a"],
      [`x=1&access_token=${token}&y=%20`, "/a?x=1&y=%20"],
      [`access_token=${token}&`, "/a?"],
      [`&access_token=${token}&&z`, "/a?&&z"],
      [`access%5Ftoken=${token}&x=access_token`, "/a?x=access_token"],
      [`access_toke%6E=${escaped}`, "/a"],
      [`access_token=${token}#top`, "/a#top"],
    ] as const) {
      const outcome = await filter.ask(query(text));
      expect(passed(outcome)["x-user"]).toBe("kim");
      expect(outcome).toMatchObject({ path });
    }
    for (const text of ["access_token", "access_token=", "access_token=bad", "x&access%5ftoken=bad"])
      expect(await filter.ask(query(text))).toEqual(notTold);
    for (const text of [
      `Access_token=${token}`,
      `access_token2=bad`,
      `x=access_token=bad`,
      "x=1#?access_token=bad",
    ])
      expect(await filter.ask(query(text))).toMatchObject({ path: `/a?${text}` });
    expect(await filter.ask({ path: "/a#?access_token=bad" })).toMatchObject({
      path: "/a#?access_token=bad",
    });
  });

  test("a preflight is not asked for a token, a request that looks a little like one is", async () => {
    const from: [string, string] = ["origin", "https://shop.test"];
    const wants: [string, string] = ["access-control-request-method", "PUT"];
    const asked = (method: string, ...headers: [string, string][]): Asked => ({
      method,
      ...bearer("bad", ...headers),
    });
    expect(passed(await filter.ask(asked("OPTIONS", from, wants, ["x-user", "root"])))).toEqual({
      authorization: "Bearer bad",
      ...Object.fromEntries([from, wants]),
    });
    for (const request of [
      asked("OPTIONS"),
      asked("OPTIONS", from),
      asked("OPTIONS", wants),
      asked("OPTIONS", ["origin", ""], wants),
      asked("options", from, wants),
      asked("GET", from, wants),
    ])
      expect(await filter.ask(request)).toEqual(notTold);
  });
});

describe("several issuers", () => {
  let keys: SigningKey[];
  let filter: BothWays;

  beforeAll(async () => {
    keys = await Promise.all(["a", "b", "c", "d"].map((kid) => makeKey("ES256", kid)));
    const [a, b, c, d] = keys as [SigningKey, SigningKey, SigningKey, SigningKey];
    filter = await filterOf(
      authentication("a", [
        { issuer: "a", jwks: keySet(a), outputClaimToHeaders: [{ header: "x-user", claim: "sub" }] },
        { issuer: "b", jwks: keySet(b), forwardOriginalToken: true, outputPayloadToHeader: "x-payload" },
      ]),
      authentication("b", [
        {
          issuer: "c",
          jwks: keySet(c),
          fromHeaders: [{ name: "X-Token" }, { name: "x-other", prefix: "Token " }],
          fromParams: ["t"],
          fromCookies: ["session"],
          spaceDelimitedClaims: ["roles"],
        },
        { issuer: "a", audiences: ["second"], jwks: keySet(d) },
      ]),
      authorization("c", {
        action: "DENY",
        rules: [
          { when: [{ key: "request.auth.claims[roles]", values: ["bad"] }] },
          { when: [{ key: "request.auth.claims[groups]", values: ["bad"] }] },
          { when: [{ key: "request.headers[x-user]", values: ["mallory"] }] },
          {
            when: [{ key: "request.headers[authorization]", values: ["*"] }],
            to: [{ operation: { paths: ["/raw"] } }],
          },
          { when: [{ key: "request.auth.claims[Überblick]", values: ["ß"] }] },
          { when: [{ key: "request.auth.claims[scope]", values: ["bad"] }] },
          { condition: "has(auth.claims.roles) && auth.claims.roles == 'raw'" },
        ],
      }),
    );
  });

  const denied = (rule: number): object => ({
    status: 403,
    details: `tollgate:authorization:default/c:rules[${rule}]`,
  });

  test("each token by the rule that accepts it", async () => {
    const [a, b, c, d] = keys as [SigningKey, SigningKey, SigningKey, SigningKey];
    expect(passed(await filter.ask(bearer(await mint(a, { iss: "a", sub: "kim" }))))).toEqual({
      "x-user": "kim",
    });
    const kept = await mint(b, { iss: "b", sub: "lee" });
    expect(passed(await filter.ask(bearer(kept)))).toEqual({
      authorization: `Bearer ${kept}`,
      "x-payload": kept.split(".")[1],
    });
    // The first rule of this issuer knows another key; the second one knows this.
    expect(passed(await filter.ask(bearer(await mint(d, { iss: "a", aud: "second" }))))).toEqual({});
    expect(await filter.ask(bearer(await mint(d, { iss: "a", aud: "other" })))).toEqual(first);
    expect(await filter.ask(bearer(await mint(c, { iss: "c" })))).toEqual(notTold);
    expect(await filter.ask(bearer(await mint(b, { iss: "a" })))).toEqual(first);
  });

  test("in headers and cookies of the author's choice", async () => {
    const [, , c] = keys as [SigningKey, SigningKey, SigningKey];
    const token = await mint(c, { iss: "c", sub: "kim" });
    const here = async (...headers: [string, string][]): Promise<Outcome> => filter.ask({ headers });
    expect(passed(await here(["x-token", token]))).toEqual({});
    expect(passed(await here(["x-token", ` ${token} `]))).toEqual({});
    expect(passed(await here(["x-other", `Token ${token}`]))).toEqual({});
    expect(passed(await here(["x-other", token]))).toEqual({ "x-other": token });
    expect(passed(await here(["x-other", `token ${token}`]))).toEqual({ "x-other": `token ${token}` });
    expect(passed(await here(["cookie", `a=1; session=${token}; b=2`]))).toEqual({ cookie: "a=1; b=2" });
    expect(passed(await here(["cookie", `session="${token}"`], ["cookie", "x=y;;z"]))).toEqual({
      cookie: "x=y; z",
    });
    expect(passed(await here(["cookie", `session=${token}`]))).toEqual({});
    expect(passed(await here(["cookie", "sessions=1; xsession=2; session"]))).toEqual({
      cookie: "sessions=1; xsession=2; session",
    });
    expect(await here(["cookie", "session=bad"])).toEqual(notTold);
    expect(await here(["cookie", `session=${token}; session=bad`])).toEqual(notTold);
    expect(await here(["x-token", "bad"])).toEqual(notTold);
    expect(passed(await filter.ask({ path: `/?t=${token}` }))).toEqual({});
  });

  test("claims, and headers as the token changes them, are what later policies see", async () => {
    const [a, , c] = keys as [SigningKey, SigningKey, SigningKey];
    const ask = async (claims: object): Promise<Outcome> =>
      filter.ask({ headers: [["x-token", await mint(c, { iss: "c", ...claims })]] });
    expect(await ask({ roles: "good bad" })).toMatchObject(denied(0));
    expect(passed(await ask({ roles: "good notbad" }))).toEqual({});
    expect(passed(await ask({ roles: ["good bad"] }))).toEqual({});
    expect(await ask({ roles: ["good", "bad"] })).toMatchObject(denied(0));
    expect(await ask({ groups: ["x", 1, { a: "bad" }, "bad"] })).toMatchObject(denied(1));
    expect(passed(await ask({ groups: "x bad" }))).toEqual({});
    expect(await ask({ Überblick: ["ß"] })).toMatchObject(denied(4));
    expect(await ask({ scope: "x bad" })).toMatchObject(denied(5));
    expect(passed(await ask({ scope: ["x bad"] }))).toEqual({});
    // A condition in CEL sees the payload as it came.
    expect(passed(await ask({ roles: "good raw" }))).toEqual({});
    expect(await ask({ roles: "raw" })).toMatchObject(denied(6));
    expect(await filter.ask(bearer(await mint(a, { iss: "a", sub: "mallory" })))).toMatchObject(denied(2));
    // A header that only the rule may write says nothing where a client wrote it.
    expect(passed(await filter.ask({ headers: [["x-user", "mallory"]] }))).toEqual({});
    const raw = { path: "/raw" };
    expect(passed(await filter.ask({ ...raw, ...bearer(await mint(a, { iss: "a" })) }))).toEqual({});
    expect(await filter.ask({ ...raw, headers: [["authorization", "Basic x"]] })).toMatchObject(denied(3));
  });

  test("claims that are more than anybody looks at", async () => {
    const [, , c] = keys as [SigningKey, SigningKey, SigningKey];
    const groups = (n: number): string[] => Array.from({ length: n }, (_, i) => `g${i}`);
    const ask = async (n: number): Promise<Outcome> =>
      filter.ask({ headers: [["x-token", await mint(c, { iss: "c", groups: groups(n) })]] });
    expect(passed(await ask(256))).toEqual({});
    expect(await ask(257)).toEqual(notTold);
  });
});

test("how a refusal is answered is the bundle's choice, and tells gRPC in its own words", async () => {
  const key = await makeKey("HS256");
  const { filter } = await filterOf(authentication("a", [{ issuer: "i", jwks: keySet(key) }]), {
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "Bundle",
    metadata: { name: "worded" },
    spec: { responses: { unauthenticated: { status: 418, body: "who are you?" } } },
  });
  const { response } = await filter.request({ headers: { authorization: "Bearer bad" } });
  expect(response.status).toBe(418);
  expect(response.body).toBe("who are you?");
  expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
  const headers = { authorization: "Bearer bad", "content-type": "application/grpc" };
  const rpc = await filter.request({ method: "POST", headers });
  expect(rpc.response.status).toBe(200);
  expect(rpc.response.headers.get("grpc-status")).toBe("16");
});
