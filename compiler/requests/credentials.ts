// The token that a description asks for, where a filter looks for it.
import type { Authentication, TokenLocation, TokenRule } from "../ir/authentication.ts";
import type { Algorithm } from "../jwk/key.ts";
import type { TokenDescription } from "./description.ts";
import type { Credentials } from "./present.ts";
import { algorithmOf, ISSUERS_KEY, signToken } from "./test-keys.ts";

const BEARER: TokenLocation = { kind: "header", name: "authorization", prefix: "Bearer " };
const LIFETIME_SECONDS = 3600;
/** RFC 7519, section 2: NumericDate. */
const TIMES: ReadonlySet<string> = new Set(["exp", "nbf", "iat"]);

/**
 * @param at when the request comes, in nanoseconds since 1970
 * @param clockShift by how much that is later than times in the description
 */
export function credentialsFor(
  { key, algorithm, claims }: TokenDescription,
  authentication: Authentication | undefined,
  at: bigint,
  clockShift = 0n,
): Credentials {
  const shift = Number(clockShift / 1_000_000_000n);
  const said = (claims?.items ?? []).map(({ name: { value: name }, item: { value } }) => {
    const isTime = TIMES.has(name) && typeof value === "number";
    return [name, isTime ? value + shift : value] as const;
  });
  return credentialsOf(Object.fromEntries(said), authentication, at, {
    key: key?.value,
    algorithm: algorithm?.value,
  });
}

/**
 * A token with these claims, and those that make it good, of an issuer that the policies name, in the first place where that
 * one's tokens stand. A claim that is null is left out.
 */
export function credentialsOf(
  claims: Readonly<Record<string, unknown>>,
  authentication: Authentication | undefined,
  at: bigint,
  { key, algorithm }: { key?: string | undefined; algorithm?: Algorithm | undefined } = {},
): Credentials {
  const rules = authentication?.rules ?? [];
  const rule = rules.find(({ issuer }) => issuer !== undefined && issuer === claims["iss"]) ?? rules[0];
  const seconds = Number(at / 1_000_000_000n);
  const all = { ...usual(rule, seconds), ...claims };
  const token = signToken(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)), {
    key: key ?? ISSUERS_KEY,
    algorithm: algorithm ?? (rule ? algorithmOf(rule) : "ES256"),
  });
  return placed(token, rule?.locations[0] ?? BEARER);
}

/** What makes a token good. */
function usual(rule: TokenRule | undefined, seconds: number): Readonly<Record<string, unknown>> {
  const [audience] = rule?.audiences ?? [];
  return {
    ...(rule?.issuer !== undefined && { iss: unicode(rule.issuer) }),
    ...(audience !== undefined && { aud: unicode(audience) }),
    iat: seconds,
    exp: seconds + LIFETIME_SECONDS,
  };
}

function placed(token: string, location: TokenLocation): Credentials {
  switch (location.kind) {
    case "header":
      return { headers: [[location.name, `${location.prefix}${token}`]] };
    case "cookie":
      return { headers: [["cookie", `${location.name}=${token}`]] };
    case "query":
      return { headers: [], query: `${encodeURIComponent(unicode(location.name))}=${token}` };
  }
}

function unicode(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
