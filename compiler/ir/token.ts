// A token (a compact JWS, RFC 7515, with a JWT's claims, RFC 7519), as the filter reads it, in the plainest way.
import { createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import { isAlgorithm, type Algorithm, type VerificationKey } from "../jwk/key.ts";
import { readJson, type Json } from "./json.ts";

/** Larger tokens are refused. */
export const TOKEN_BYTES_MAX = 16_384;
/** Texts of the claims that policies look at; a token with more is refused. */
export const CLAIM_TEXTS_MAX = 256;
/** Keys that fit one token; more are not tried. */
export const KEYS_TRIED_MAX = 8;

export interface Token {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  readonly claims: Members;
}

type Members = Extract<Json, { kind: "object" }>["members"];

/** What policies look at of a payload: `words` are cut at spaces. */
export interface ClaimLook {
  readonly path: readonly string[];
  readonly as: "texts" | "words" | "value";
}

/** Takes a token apart and looks at its claims; undefined where it is none. */
export function readToken(text: string, looks: readonly ClaimLook[]): Token | undefined {
  const parts = text.split(".");
  const [header, payload, signature] = parts;
  if (text.length > TOKEN_BYTES_MAX || parts.length !== 3) return undefined;
  if (header === undefined || payload === undefined || signature === undefined) return undefined;
  const decoded = fromBase64url(payload);
  const json = decoded === undefined ? undefined : readJson(decoded);
  if (json?.kind !== "object") return undefined;
  const claims = json.members;
  if (!wellTyped(claims) || hasTwice(claims, looks)) return undefined;
  const texts = looks.flatMap((look) => claimTexts(claims, look));
  return texts.length > CLAIM_TEXTS_MAX ? undefined : { header, payload, signature, claims };
}

const REGISTERED: Readonly<Record<string, (value: Json) => boolean>> = {
  iss: isText,
  sub: isText,
  jti: isText,
  aud: (value) => isText(value) || (value.kind === "list" && value.items.every(isText)),
  exp: isNumber,
  nbf: isNumber,
  iat: isNumber,
};

function isText(value: Json): boolean {
  return value.kind === "text";
}

function isNumber(value: Json): boolean {
  return value.kind === "number";
}

function wellTyped(claims: Members): boolean {
  return claims.every(
    ([name, value]) => !Object.hasOwn(REGISTERED, name) || REGISTERED[name]?.(value) === true,
  );
}

/** Whether a registered claim, or one that leads to a claim looked at, is there twice: readers differ in which they take. */
function hasTwice(claims: Members, looks: readonly ClaimLook[]): boolean {
  const paths = [...Object.keys(REGISTERED).map((name) => [name]), ...looks.map(({ path }) => path)];
  return paths.some((path) =>
    path.some((name, depth) => {
      const within = membersAt(claims, path.slice(0, depth));
      return within.filter(([n]) => n === name).length > 1;
    }),
  );
}

function membersAt(claims: Members, path: readonly string[]): Members {
  if (path.length === 0) return claims;
  const value = valueAt(claims, path);
  return value?.kind === "object" ? value.members : [];
}

/** Where a path of names leads. */
export function valueAt(claims: Members, path: readonly string[]): Json | undefined {
  const [name, ...rest] = path;
  const value = claims.find(([n]) => n === name)?.[1];
  if (value === undefined || rest.length === 0) return value;
  return value.kind === "object" ? valueAt(value.members, rest) : undefined;
}

/** The texts that a look finds. */
export function claimTexts(claims: Members, { path, as }: ClaimLook): string[] {
  const value = valueAt(claims, path);
  if (value === undefined) return [];
  if (as === "value") {
    if (value.kind === "text" || value.kind === "number") return [value.text];
    return value.kind === "boolean" ? [String(value.value)] : [];
  }
  const texts = (value.kind === "list" ? value.items : [value]).flatMap((v) =>
    v.kind === "text" ? [v.text] : [],
  );
  return as === "words" ? texts.flatMap((text) => text.split(" ").filter((word) => word !== "")) : texts;
}

/** Whether a token counts at a time: `exp` and `nbf`, both with leeway. Times in nanoseconds. */
export function isTimely(claims: Members, now: bigint, leeway: bigint): boolean {
  const expires = valueAt(claims, ["exp"]);
  const begins = valueAt(claims, ["nbf"]);
  if (expires?.kind === "number" && nanoseconds(expires.text) + leeway <= now) return false;
  return !(begins?.kind === "number" && nanoseconds(begins.text) > now + leeway);
}

/** Seconds as JSON writes them, cut to whole nanoseconds; far beyond any date at most. */
function nanoseconds(text: string): bigint {
  const [, sign = "", whole = "0", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = BigInt(whole + fraction);
  const shift = BigInt(exponent) - BigInt(fraction.length) + 9n;
  const far = 1n << 70n;
  let value: bigint;
  if (digits === 0n) value = 0n;
  else if (shift > 40n) value = far;
  else if (shift < -BigInt(digits.toString().length)) value = 0n;
  else value = shift >= 0n ? digits * 10n ** shift : digits / 10n ** -shift;
  if (value > far) value = far;
  return sign === "-" ? -value : value;
}

const HASHES: Readonly<Record<Algorithm, string>> = {
  RS256: "sha256",
  RS384: "sha384",
  RS512: "sha512",
  ES256: "sha256",
  ES384: "sha384",
  HS256: "sha256",
};

/** Whether the signature is good under one of the keys. */
export function isSigned(token: Token, keys: readonly VerificationKey[]): boolean {
  const header = headerOf(token);
  if (!header) return false;
  const { algorithm, kid } = header;
  return keys
    .filter((key) => key.algorithms.includes(algorithm))
    .filter((key) => key.kid === undefined || kid === undefined || key.kid === kid)
    .slice(0, KEYS_TRIED_MAX)
    .some((key) => fits(token, algorithm, key));
}

/** What a header says of the signature; undefined where it asks for anything else. */
function headerOf(token: Token): { algorithm: Algorithm; kid: string | undefined } | undefined {
  const text = fromBase64url(token.header);
  const json = text === undefined ? undefined : readJson(text);
  if (json?.kind !== "object") return undefined;
  const named = (name: string): Json[] => json.members.filter(([n]) => n === name).map(([, value]) => value);
  const [algorithms, kids] = [named("alg"), named("kid")];
  if (algorithms.length !== 1 || kids.length > 1 || named("crit").length + named("b64").length > 0)
    return undefined;
  const [alg, kid] = [algorithms[0], kids[0]];
  if (alg?.kind !== "text" || !isAlgorithm(alg.text)) return undefined;
  if (kid !== undefined && kid.kind !== "text") return undefined;
  return { algorithm: alg.text, kid: kid?.text };
}

function fits(token: Token, algorithm: Algorithm, key: VerificationKey): boolean {
  const decoded = fromBase64url(token.signature);
  if (decoded === undefined) return false;
  const signature = Buffer.from(decoded, "latin1");
  const signed = Buffer.from(`${token.header}.${token.payload}`, "latin1");
  const material = Buffer.from(key.material, "latin1");
  if (algorithm === "HS256") {
    const mac = createHmac("sha256", material).update(signed).digest();
    return signature.length === mac.length && timingSafeEqual(signature, mac);
  }
  const publicKey = createPublicKey({ key: material, format: "der", type: "spki" });
  return verify(HASHES[algorithm], signed, { key: publicKey, dsaEncoding: "ieee-p1363" }, signature);
}

/** Strictly, as RFC 7515 asks: no padding, no other characters, unused bits zero. */
function fromBase64url(text: string): string | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes.toString("latin1") : undefined;
}
