// The authentication stage, evaluated in the plainest way: every token that a rule looks for must be good.
import type { VerificationKey } from "../jwk/key.ts";
import type { Authentication, RemoteKeys, TokenLocation, TokenRule } from "./authentication.ts";
import { detailsOf, NO_TOKEN_RULE } from "./details.ts";
import type { Json } from "./json.ts";
import { tokensIn, withoutTokens } from "./locate-tokens.ts";
import type { MadeChange } from "./routing.ts";
import { claimTexts, isSigned, isTimely, readToken, valueAt, type ClaimLook, type Token } from "./token.ts";

type Headers = readonly (readonly [name: string, value: string])[];

/** How far clocks may differ, in nanoseconds: as in Envoy's jwt_authn. */
export const CLOCK_SKEW = 60_000_000_000n;

/** Claims that Istio cuts at spaces without being asked. */
const WORD_LISTS = ["scope", "permission"];

export type Authenticated =
  /** The request passes. */
  | { readonly kind: "pass"; readonly identity?: Identity; readonly changes: readonly MadeChange[] }
  /** A token is no good, or (`unavailable`) the keys to tell are not there. */
  | { readonly kind: "fail"; readonly details: string; readonly unavailable: boolean };

/** What the first token that was accepted says. */
export interface Identity {
  /** The payload as it came. */
  readonly payload: Claims;
  /** The payload with lists of words as lists. */
  readonly claims: Claims;
}

export type Claims = Readonly<Record<string, unknown>>;

/**
 * What a remote key set holds at the time; undefined: there is none yet. `unchecked`: signatures are taken for good, for
 * explanations of tokens whose keys are elsewhere.
 */
export type KeysAt = (source: RemoteKeys) => readonly VerificationKey[] | "unchecked" | undefined;

/** What one rule makes of a token. Where it refuses, `token` is there where it is one at all. */
export type Verdict =
  | { readonly kind: "accepted"; readonly token: Token }
  | { readonly kind: "foreign"; readonly token: Token | undefined }
  | { readonly kind: "refused"; readonly token: Token; readonly why: "audience" | "time" | "signature" }
  | { readonly kind: "unavailable"; readonly token: Token };

/** @param claims paths of the claims that later stages look at */
export function authenticate(
  { rules }: Authentication,
  headers: Headers,
  now: bigint,
  claims: readonly ClaimPath[],
  keysAt: KeysAt,
): Authenticated {
  // What a rule says of a caller no caller says of itself.
  const changes: MadeChange[] = outputHeaders(rules).map((name) => ({ op: "remove", name }));
  if (isPreflight(headers)) return { kind: "pass", changes };
  let identity: { token: Token; rule: TokenRule } | undefined;
  let tokens = 0;
  for (const location of places(rules)) {
    let removes = false;
    for (const text of tokensIn(location, apply(headers, changes))) {
      // One in each place is more than anybody needs, and each costs a signature.
      if (++tokens > places(rules).length)
        return { kind: "fail", details: NO_TOKEN_RULE, unavailable: false };
      const found = accept(
        text,
        rules.filter((rule) => rule.locations.some((l) => same(l, location))),
        now,
        claims,
        keysAt,
      );
      if ("details" in found) return { kind: "fail", ...found };
      identity ??= found;
      removes ||= !found.rule.forward;
    }
    if (removes) changes.push(...withoutTokens(location, apply(headers, changes)));
  }
  if (!identity) return { kind: "pass", changes };
  return {
    kind: "pass",
    identity: {
      payload: claimsOf(identity.token, []),
      claims: claimsOf(identity.token, identity.rule.wordLists),
    },
    changes: [...changes, ...outputs(identity.token, identity.rule)],
  };
}

/** Header changes applied in order. */
export function apply(headers: Headers, changes: readonly MadeChange[]): Headers {
  return changes.reduce<Headers>((list, change) => {
    const others = change.op === "add" ? list : list.filter(([name]) => name !== change.name);
    return change.op === "remove" ? others : [...others, [change.name, change.value]];
  }, headers);
}

/** The headers that rules write, each once. */
export function outputHeaders(rules: readonly TokenRule[]): string[] {
  return [
    ...new Set(
      rules.flatMap(({ payloadHeader, claimHeaders }) => [
        ...(payloadHeader === undefined ? [] : [payloadHeader]),
        ...claimHeaders.map(({ header }) => header),
      ]),
    ),
  ];
}

/** The places where rules look, each once. */
export function places(rules: readonly TokenRule[]): TokenLocation[] {
  const all = rules.flatMap(({ locations }) => locations);
  return all.filter((location, i) => all.findIndex((l) => same(l, location)) === i);
}

export function same(a: TokenLocation, b: TokenLocation): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}

/** The headers that the stage reads. */
export function headersRead({ rules }: Authentication): string[] {
  const read = rules
    .flatMap(({ locations }) => locations)
    .map((location) =>
      location.kind === "header" ? location.name : location.kind === "query" ? ":path" : "cookie",
    );
  return [
    ...new Set([":method", "origin", "access-control-request-method", ...read, ...outputHeaders(rules)]),
  ];
}

/** What leads to a claim: a name, and names within it. */
export type ClaimPath = readonly string[];

/** The claims whose texts a rule looks at, for itself and for later stages. */
export function looksAt(rule: TokenRule, claims: readonly ClaimPath[]): ClaimLook[] {
  const words = [...WORD_LISTS, ...rule.wordLists];
  const paths = unique([...claims, ...(rule.audiences.length > 0 ? [["aud"]] : [])]);
  return paths.map((path): ClaimLook => {
    const isWords = path.length === 1 && words.includes(path[0] ?? "");
    return { path, as: isWords ? "words" : "texts" };
  });
}

/** All that a rule looks at of a payload. */
function looksOf(rule: TokenRule, claims: readonly ClaimPath[]): ClaimLook[] {
  const values = unique(rule.claimHeaders.flatMap(({ paths }) => paths));
  return [...looksAt(rule, claims), ...values.map((path): ClaimLook => ({ path, as: "value" }))];
}

function unique(paths: readonly ClaimPath[]): ClaimPath[] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()];
}

function accept(
  text: string,
  rules: readonly TokenRule[],
  now: bigint,
  claims: readonly ClaimPath[],
  keysAt: KeysAt,
): { token: Token; rule: TokenRule } | { details: string; unavailable: boolean } {
  let refusing: { details: string; unavailable: boolean } | undefined;
  for (const rule of rules) {
    const verdict = judge(text, rule, now, claims, keysAt);
    const details = detailsOf("authentication", rule.origin);
    if (verdict.kind === "accepted") return { token: verdict.token, rule };
    if (verdict.kind === "refused") refusing ??= { details, unavailable: false };
    if (verdict.kind === "unavailable" && refusing?.unavailable !== true)
      refusing = { details, unavailable: true };
  }
  return refusing ?? { details: NO_TOKEN_RULE, unavailable: false };
}

/** What a rule makes of a token: `foreign` where it is none, or another issuer's. */
export function judge(
  text: string,
  rule: TokenRule,
  now: bigint,
  claims: readonly ClaimPath[],
  keysAt: KeysAt,
): Verdict {
  const token = readToken(text, looksOf(rule, claims));
  if (!token) return { kind: "foreign", token };
  const issuer = valueAt(token.claims, ["iss"]);
  if (rule.issuer !== undefined && (issuer?.kind !== "text" || issuer.text !== rule.issuer))
    return { kind: "foreign", token };
  const audiences = claimTexts(token.claims, { path: ["aud"], as: "texts" });
  const meant =
    rule.audiences.length === 0 || rule.audiences.some((audience) => audiences.includes(audience));
  if (!meant) return { kind: "refused", token, why: "audience" };
  if (!isTimely(token.claims, now, CLOCK_SKEW)) return { kind: "refused", token, why: "time" };
  const keys = rule.keys.kind === "inline" ? rule.keys.keys : keysAt(rule.keys);
  if (keys === undefined) return { kind: "unavailable", token };
  return keys === "unchecked" || isSigned(token, keys)
    ? { kind: "accepted", token }
    : { kind: "refused", token, why: "signature" };
}

function outputs({ payload, claims }: Token, rule: TokenRule): MadeChange[] {
  const changes: MadeChange[] = [];
  if (rule.payloadHeader !== undefined) changes.push({ op: "set", name: rule.payloadHeader, value: payload });
  for (const { header, paths } of rule.claimHeaders) {
    const [value] = paths
      .flatMap((path) => claimTexts(claims, { path, as: "value" }))
      .filter((text) => text !== "");
    // eslint-disable-next-line no-control-regex -- they would end the header
    if (value !== undefined && !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))
      changes.push({ op: "set", name: header, value });
  }
  return changes;
}

/** As browsers send it: without a token of their own accord, so that a bad one is nobody's attempt. */
function isPreflight(headers: Headers): boolean {
  const first = (name: string): string => headers.find(([n]) => n === name)?.[1] ?? "";
  return (
    first(":method") === "OPTIONS" && first("origin") !== "" && first("access-control-request-method") !== ""
  );
}

/** The claims, with lists of words as lists. */
function claimsOf({ claims }: Token, wordLists: readonly string[]): Claims {
  return Object.fromEntries(
    claims.map(([name, value]) => {
      const words = wordLists.includes(name) && value.kind === "text";
      const plainly = words
        ? unicode(value.text)
            .split(" ")
            .filter((word) => word !== "")
        : plain(value);
      return [unicode(name), plainly];
    }),
  );
}

function plain(value: Json): unknown {
  switch (value.kind) {
    case "text":
      return unicode(value.text);
    case "number":
      return Number(value.text);
    case "boolean":
      return value.value;
    case "null":
      return null;
    case "list":
      return value.items.map(plain);
    case "object":
      return Object.fromEntries(value.members.map(([name, member]) => [unicode(name), plain(member)]));
  }
}

function unicode(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
