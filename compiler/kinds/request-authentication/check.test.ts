// What an author of a RequestAuthentication sees when something is wrong.
import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { checkPolicies, findings, messages } from "../../testing/findings.ts";
import { pin } from "../../testing/pin.ts";

const policy = (spec: string): string =>
  `apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: { name: a }\nspec:\n${spec}`;
const rule = (fields: string): string => policy(`  jwtRules: [{ ${fields} }]\n`);
const remote = 'issuer: i, jwksUri: "https://i.test/keys"';

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
const short = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" });
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ec = p256.publicKey.export({ format: "jwk" });
const p521 = generateKeyPairSync("ec", { namedCurve: "P-521" }).publicKey.export({ format: "jwk" });
const okp = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
const secret = (bytes: number): object => ({ kty: "oct", k: Buffer.alloc(bytes, 7).toString("base64url") });

/** What is said of a key set, without where. */
function ofKeys(...keys: unknown[]): string[] {
  return ofText(JSON.stringify({ keys }));
}

function ofText(jwks: string): string[] {
  const text = policy(`  jwtRules:\n  - issuer: i\n    jwks: '${jwks}'\n`);
  return findings(text).map((line) => line.replace(" p.yaml:7:11", "").replace(/ = .*/s, ""));
}

describe("in order", () => {
  test("every field", () => {
    const all =
      'issuer: "https://i.test", audiences: [a, b], jwksUri: "http://i.test:8080/keys?x=1", fromHeaders: [{ name: X-Token, prefix: "Token " }, { name: x-raw }], fromParams: [t], fromCookies: [session], outputPayloadToHeader: x-payload, outputClaimToHeaders: [{ header: x-user, claim: sub }, { header: x-role, claim: realm.role }], forwardOriginalToken: true, timeout: 2s, spaceDelimitedClaims: [roles]';
    const checked = checkPolicies(rule(all));
    expect(checked.diagnostics).toEqual([]);
  });
  pin([
    {
      name: "v1beta1, and the older name of jwksUri",
      policies: rule(remote.replace("jwksUri", "jwks_uri")).replace("/v1\n", "/v1beta1\n"),
      finds: [],
    },
    { name: "any issuer", policies: rule('jwksUri: "https://i.test/keys"'), finds: [] },
    {
      name: "no rules",
      policies: policy("  jwtRules: []\n"),
      finds: [
        "warning TG3013 p.yaml:5:3: this policy looks at no token = name issuers in `jwtRules`; to refuse requests without a token is for an `AuthorizationPolicy`",
      ],
    },
  ]);
});

describe("rules", () => {
  pin([
    {
      name: "nobody",
      policies: rule("audiences: [a]"),
      finds: [
        "error TG2005 p.yaml:5:14: a rule needs an `issuer` = name whose tokens these are; only a rule with `jwksUri` may leave it out",
        "error TG2005 p.yaml:5:14: a rule needs `jwksUri` or `jwks` = keys are not discovered: write what the issuer's `/.well-known/openid-configuration` names as `jwks_uri`",
      ],
    },
    {
      name: "no keys",
      policies: rule("issuer: i"),
      finds: [
        "error TG2005 p.yaml:5:24: a rule needs `jwksUri` or `jwks` = keys are not discovered: write what the issuer's `/.well-known/openid-configuration` names as `jwks_uri`",
      ],
    },
    {
      name: "empty texts",
      policies: rule(
        'issuer: "", jwksUri: "https://i.test/", audiences: [""], fromParams: [""], spaceDelimitedClaims: [""]',
      ),
      finds: [24, 68, 86, 114].map(
        (column) =>
          `error TG2007 p.yaml:5:${column}: an empty text stands for nothing here = write a value, or remove the entry`,
      ),
    },
    {
      name: "two sources of keys",
      policies: rule(`${remote}, jwks_uri: "https://i.test/keys"`),
      finds: [
        "error TG2009 p.yaml:5:59: a rule takes `jwksUri` or `jwks_uri`, not both = keep the one that is kept up to date",
      ],
    },
    ...(
      [
        ["ftp://i.test/", "it does not begin with `https://` or `http://`"],
        ["https://", "it is no address"],
        ["https://a b/", "it holds white space or characters that need escapes"],
        ["https://u:p@i.test/", "it holds a user name or a password"],
        ["https://i.test/#a", "it holds a fragment (`#`)"],
        ["http://i.test:0/", "0 is no port"],
        ["https://i.test:99999/", "it is no address"],
      ] as const
    ).map(([uri, why]) => ({
      name: `jwksUri ${uri}`,
      policies: rule(`issuer: i, jwksUri: "${uri}"`),
      finds: [
        `error TG3107 p.yaml:5:36: \`${uri}\` is not where a key set is: ${why} = write an address such as \`https://issuer.example/.well-known/jwks.json\``,
      ],
    })),
    ...["5", "0s", "11m", "-1s", "1d"].map((timeout) => ({
      name: `timeout ${timeout}`,
      policies: rule(`${remote}, timeout: "${timeout}"`),
      finds: [
        `error TG3005 p.yaml:5:68: \`${timeout}\` is no time to fetch a key set in = write a number and a unit, such as \`500ms\` or \`5s\`: from 1ms to 10m`,
      ],
    })),
    {
      name: "forwardOriginalToken as a word",
      policies: rule(`${remote}, forwardOriginalToken: "yes"`),
      finds: ["error TG2004 p.yaml:5:81: expected true or false, found `yes` = write `true`"],
    },
    {
      name: "places that cannot be",
      policies: rule(
        `${remote}, fromHeaders: [{ name: "a b" }, { name: Host }, { name: x, prefix: "a\\nb" }], fromCookies: ["a=b"]`,
      ),
      finds: [
        "error TG3003 p.yaml:5:81: `a b` is not a header name = a header name holds letters, digits and `-`, such as `x-token`",
        "error TG3003 p.yaml:5:98: `Host` is the proxy's own header = take a header of your own, such as `x-token`",
        "error TG3004 p.yaml:5:125: no header begins with `a?b`: it holds a control character = write the prefix as clients send it, such as `Bearer `",
        "error TG3009 p.yaml:5:150: `a=b` is not a cookie's name = it holds letters, digits and `-`, `_` and the like, but no white space, `=`, `;`, `,` or quotes",
      ],
    },
    {
      name: "outputs that cannot be",
      policies: rule(
        `${remote}, outputPayloadToHeader: authorization, outputClaimToHeaders: [{ header: X-A, claim: a }, { header: x-a, claim: b }, { header: ":path", claim: "" }, { header: x-b, claim: a..b }]`,
      ),
      finds: [
        "error TG3108 p.yaml:5:82: `authorization` is where tokens are looked for = write into another header: the client's own value of this one is always removed",
        "error TG3108 p.yaml:5:157: `x-a` gets two values = give each output a header of its own",
        "error TG3003 p.yaml:5:184: `:path` is not a header name = a header name holds letters, digits and `-`, such as `x-token`",
        "error TG2007 p.yaml:5:200: an empty text stands for nothing here = write a value, or remove the entry",
        "warning TG3010 p.yaml:5:228: `a..b` leads through a claim without a name = dots part the names of nested claims, such as `realm_access.role`",
      ],
    },
    {
      name: "unknown fields",
      policies: rule(`${remote}, audience: [a]`),
      finds: [
        expect.stringMatching(
          /^error TG2003 p.yaml:5:59: unknown field `audience` \^ did you mean `audiences`\?/,
        ),
      ],
    },
  ]);
});

describe("annotations", () => {
  const annotated = (annotations: string): string =>
    rule(remote).replace("{ name: a }", `{ name: a, annotations: { ${annotations} } }`);
  pin([
    {
      name: "times of key sets",
      policies: annotated("tollgate.dev/jwks-refresh: 30s, tollgate.dev/jwks-keep: 2h, other.test/note: x"),
      finds: [],
    },
    ...["5", "1ms", "25h", "soon"].map((time) => ({
      name: `a refresh of ${time}`,
      policies: annotated(`tollgate.dev/jwks-refresh: "${time}"`),
      finds: [
        `error TG3005 p.yaml:3:64: \`${time}\` is no time for \`tollgate.dev/jwks-refresh\` = write a number and a unit, such as \`5m\` or \`1h\`: from 1s to 24h`,
      ],
    })),
  ]);
});

describe("key sets in files", () => {
  test("beside the policy, and nowhere else", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "tollgate-keys-"));
    const policies = path.join(folder, "policies");
    try {
      await mkdir(path.join(policies, "below"), { recursive: true });
      await writeFile(path.join(policies, "keys.json"), JSON.stringify({ keys: [rsa] }));
      await writeFile(path.join(policies, "below", "keys.json"), JSON.stringify({ keys: [short] }));
      await writeFile(path.join(folder, "outside.json"), JSON.stringify({ keys: [rsa] }));
      await symlink(path.join(folder, "outside.json"), path.join(policies, "link.json"));
      const found = async (name: string): Promise<string[]> => {
        await writeFile(path.join(policies, "p.yaml"), rule(`issuer: i, jwks: "file:${name}"`));
        return messages([policies]);
      };
      expect(await found("keys.json")).toEqual([]);
      expect(await found("below/keys.json")).toEqual(["`keys[0]` has 1024 bits"]);
      for (const name of [
        "none.json",
        "../outside.json",
        "link.json",
        "below",
        "",
        path.join(folder, "outside.json"),
      ])
        expect(await found(name)).toEqual([`\`file:${name}\` cannot be read`]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
  pin([
    {
      name: "of policies that are in no file",
      policies: rule('issuer: i, jwks: "file:keys.json"'),
      finds: [
        "error TG3101 p.yaml:5:33: `file:keys.json` cannot be read = name a file in the policy's own folder or below, such as `file:keys.json`",
      ],
    },
  ]);
});

describe("key sets", () => {
  test("what verifies tokens is in order", () => {
    expect(ofKeys(rsa, { ...rsa, alg: "RS512", kid: "a", use: "sig" }, ec, { ...ec, alg: "ES256" })).toEqual(
      [],
    );
    expect(ofKeys({ ...secret(32), alg: "HS256" }, { ...rsa, key_ops: ["verify"] })).toEqual([]);
    expect(ofKeys(rsa, { ...okp, use: "enc" })).toEqual([]);
  });
  test("no key set", () => {
    expect(ofText("{")).toEqual([expect.stringMatching(/^error TG3101: the key set is no JSON: it /)]);
    expect(ofText("[]")).toEqual(["error TG3101: a key set is an object"]);
    expect(ofText("{}")).toEqual(["error TG3101: the key set has no list `keys`"]);
    expect(ofText(JSON.stringify(rsa))).toEqual(["error TG3101: this is a key, not a set of keys"]);
    expect(ofKeys()).toEqual(["error TG3102: no key of the set can verify a token"]);
    expect(ofKeys({ ...rsa, use: "enc" })).toEqual(["error TG3102: no key of the set can verify a token"]);
    expect(ofKeys(...Array.from({ length: 17 }, () => ec))).toEqual([
      "error TG3101: the set has 17 keys for signatures, and the filter keeps 16",
    ]);
  });
  test("a secret never shows in a message", () => {
    expect(findings(policy("  jwtRules: [{ issuer: i, jwks: 'hunter2' }]\n")).join()).not.toContain(
      "hunter2",
    );
  });
  test("malformed keys", () => {
    expect(ofKeys(1, {}, { kty: 1 }, { ...rsa, kid: 7 }, { ...rsa, n: "!" }, { ...rsa, e: "AQ" })).toEqual([
      "error TG3101: `keys[0]` is no object",
      "error TG3101: `keys[1]` has no `kty`",
      "error TG3101: `keys[2]` has no `kty`",
      "error TG3101: `keys[3]` has a `kid` that is no text",
      "error TG3101: `keys[4]` lacks `n` or `e` in base64url",
      "error TG3101: `keys[5]` has an `e` that no RSA key has",
    ]);
    expect(ofKeys({ ...ec, crv: undefined }, { ...ec, x: ec.y, kid: "k" }, { kty: "oct" })).toEqual([
      "error TG3101: `keys[0]` has no `crv`",
      "error TG3101: `keys[1]` (`k`) is no point on P-256",
      "error TG3101: `keys[2]` lacks `k` in base64url",
    ]);
  });
  test("keys that are too weak", () => {
    expect(ofKeys(short, secret(31))).toEqual([
      "error TG3105: `keys[0]` has 1024 bits",
      "error TG3105: `keys[1]` is a secret of 31 bytes",
    ]);
  });
  test("a key of the generator that was broken", () => {
    // A modulus that is 1 modulo every small prime has the mark.
    const primes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
    const product = primes.reduce((all, prime) => all * BigInt(prime), 2n);
    const n = ((1n << 2047n) / product + 1n) * product + 1n;
    const marked = { ...rsa, n: Buffer.from(n.toString(16), "hex").toString("base64url") };
    expect(ofKeys(marked)).toEqual([
      "error TG3105: `keys[0]` was made by a broken generator (CVE-2017-15361)",
    ]);
  });
  test("private keys", () => {
    expect(ofKeys(p256.privateKey.export({ format: "jwk" }))).toEqual([
      "error TG3104: `keys[0]` is a private key: it holds `d`",
    ]);
  });
  test("keys that do not fit their algorithm", () => {
    expect(
      ofKeys(
        { ...rsa, alg: "ES256" },
        { ...rsa, alg: "HS256" },
        { ...ec, alg: "ES384" },
        { ...rsa, alg: "none" },
      ),
    ).toEqual([
      "error TG3103: `keys[0]` is for `ES256`, which does not fit an RSA key",
      "error TG3103: `keys[1]` is for `HS256`, which does not fit an RSA key",
      "error TG3103: `keys[2]` is for `ES384`, which does not fit an EC key on P-256",
      "error TG3103: `keys[3]` is for `none`, which does not fit an RSA key",
    ]);
  });
  test("what is not supported yet", () => {
    expect(ofKeys(p521, okp, { ...rsa, alg: "PS256" })).toEqual([
      "error TG2006: `keys[0]` is on the curve `P-521`, which is not supported yet",
      "error TG2006: `keys[1]` is of the type `OKP`, with which no token can be verified yet",
      "error TG2006: `keys[2]` is for `PS256`, which is not supported yet",
    ]);
  });
  test("keys that expired", () => {
    expect(ofKeys({ ...rsa, exp: 1_000_000_000 })).toEqual([
      "error TG3106: `keys[0]` expired at 2001-09-09T01:46:40.000Z",
    ]);
  });
});
