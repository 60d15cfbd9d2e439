// RequestAuthentication → rules of the authentication stage.
import { byteString } from "../../http/header-syntax.ts";
import type { ClaimHeader, KeySource, TokenLocation, TokenRule } from "../../ir/authentication.ts";
import type { Origin } from "../../ir/program.ts";
import { readKeySet } from "../../jwk/key-set.ts";
import { policyName, type Annotations, type PolicyIdentity, type ProgramDraft } from "../kind.ts";
import { keySetText } from "./key-set-text.ts";
import { parseJwksUri } from "./jwks-uri.ts";
import type { JwtRule, Spec } from "./schema.ts";
import { parseTime, parseTimeout, STANDARD_TIMEOUT, TIMES } from "./times.ts";

export function lower(identity: PolicyIdentity, spec: Spec, draft: ProgramDraft): void {
  (spec.jwtRules?.items ?? []).forEach((rule, index) => {
    const origin = { policy: policyName(identity), part: `jwtRules[${index}]`, span: rule.span };
    draft.authentication.rules.push(lowerRule(rule, origin, identity.annotations));
  });
}

function lowerRule(rule: JwtRule, origin: Origin, annotations: Annotations): TokenRule {
  return {
    origin,
    issuer: rule.issuer && byteString(rule.issuer.value),
    audiences: texts(rule.audiences),
    keys: keysOf(rule, origin, annotations),
    locations: locationsOf(rule),
    forward: rule.forwardOriginalToken?.value ?? false,
    payloadHeader: rule.outputPayloadToHeader?.value.toLowerCase(),
    claimHeaders: (rule.outputClaimToHeaders?.items ?? []).map(({ header, claim }): ClaimHeader => ({
      header: header.value.toLowerCase(),
      paths: pathsOf(claim.value),
    })),
    wordLists: texts(rule.spaceDelimitedClaims),
  };
}

function keysOf(rule: JwtRule, { policy, part }: Origin, annotations: Annotations): KeySource {
  const text = rule.jwks && keySetText(rule.jwks);
  if (text !== undefined) return { kind: "inline", keys: readKeySet(text, 0).keys };
  const uri = parseJwksUri((rule.jwksUri ?? rule.jwks_uri)?.value ?? "");
  if (typeof uri === "string") throw new Error(`unchecked keys of ${policy} ${part}`);
  const time = (name: keyof typeof TIMES): number =>
    parseTime(annotations.get(name)?.value ?? "") ?? TIMES[name].standard;
  return {
    kind: "remote",
    ...uri,
    timeout: parseTimeout(rule.timeout?.value ?? "") ?? STANDARD_TIMEOUT,
    refresh: time("tollgate.dev/jwks-refresh"),
    keep: time("tollgate.dev/jwks-keep"),
  };
}

/** Where none is named: as RFC 6750 has it. */
function locationsOf({ fromHeaders, fromParams, fromCookies }: JwtRule): TokenLocation[] {
  if (!fromHeaders && !fromParams && !fromCookies) {
    return [
      { kind: "header", name: "authorization", prefix: "Bearer " },
      { kind: "query", name: "access_token" },
    ];
  }
  return [
    ...(fromHeaders?.items ?? []).map(({ name, prefix }): TokenLocation => ({
      kind: "header",
      name: name.value.toLowerCase(),
      prefix: byteString(prefix?.value ?? ""),
    })),
    ...texts(fromParams).map((name): TokenLocation => ({ kind: "query", name })),
    ...texts(fromCookies).map((name): TokenLocation => ({ kind: "cookie", name })),
  ];
}

/** The whole name first: names that are addresses have dots in them. */
function pathsOf(claim: string): string[][] {
  const whole = byteString(claim);
  return whole.includes(".") ? [[whole], whole.split(".")] : [[whole]];
}

function texts(list: JwtRule["audiences"]): string[] {
  return [...new Set((list?.items ?? []).map(({ value }) => byteString(value)))];
}
