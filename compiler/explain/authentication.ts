// What becomes of a request's tokens: where they stand, and what each rule that looks there makes of them.
import {
  apply,
  authenticate,
  CLOCK_SKEW,
  judge,
  outputHeaders,
  places,
  same,
  type Authenticated,
  type KeysAt,
  type Verdict,
} from "../ir/authenticate.ts";
import type { Authentication, TokenLocation, TokenRule } from "../ir/authentication.ts";
import { claimPaths } from "../ir/claim-paths.ts";
import { detailsOf } from "../ir/details.ts";
import { tokensIn } from "../ir/locate-tokens.ts";
import type { Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";
import { claimTexts, valueAt } from "../ir/token.ts";
import type { RuleExplanation, StageExplanation } from "./explanation.ts";
import { listed, quoted } from "./words.ts";

export interface AuthenticationExplained {
  readonly stage: StageExplanation;
  /** The request as later stages see it. */
  readonly seen: Request;
  /** Rules whose keys are elsewhere, and whose tokens were taken for good. */
  readonly unchecked: readonly TokenRule[];
}

/** Undefined where no policy looks at tokens. */
export function explainAuthentication(
  program: Program,
  request: Request,
  now: bigint,
  keysAt: KeysAt,
): AuthenticationExplained | undefined {
  const { authentication } = program;
  if (!authentication) return undefined;
  const paths = claimPaths(program);
  const outcome = authenticate(authentication, request.headers, now, paths, keysAt);
  const tokens = tokensOf(authentication, request);
  const judged = tokens.map((token) => ({
    ...token,
    verdicts: token.rules.map((rule) => ({ rule, verdict: judge(token.text, rule, now, paths, keysAt) })),
  }));
  const accepting = judged.map(({ verdicts }) => verdicts.find(({ verdict }) => verdict.kind === "accepted"));
  const [identity] = outcome.kind === "pass" ? accepting : [];
  const seen =
    outcome.kind === "pass"
      ? { ...request, headers: apply(request.headers, outcome.changes), ...outcome.identity }
      : request;
  const rules = authentication.rules.map((rule): RuleExplanation => {
    const about = judged.flatMap(({ location, verdicts }) =>
      verdicts.flatMap(({ rule: asked, verdict }) =>
        asked === rule ? [`the token in ${placeWords(location)} ${verdictWords(verdict, rule, now)}`] : [],
      ),
    );
    const refuses = outcome.kind === "fail" && outcome.details === detailsOf("authentication", rule.origin);
    const accepts = accepting.some((found) => found?.rule === rule);
    return {
      origin: rule.origin,
      role: "token",
      state: refuses || identity?.rule === rule ? "decides" : accepts ? "matches" : "fails",
      findings: [],
      notes: about.length > 0 ? about : [absentWords(rule)],
    };
  });
  const stage: StageExplanation = {
    stage: "authentication",
    verdict: outcome.kind === "fail" ? "answers" : "passes",
    words: stageWords(outcome, tokens.length, request),
    rules,
  };
  const unchecked = authentication.rules.filter(
    (rule) =>
      rule.keys.kind === "remote" &&
      keysAt(rule.keys) === "unchecked" &&
      accepting.some((found) => found?.rule === rule),
  );
  return { stage, seen, unchecked };
}

interface FoundToken {
  readonly location: TokenLocation;
  readonly text: string;
  readonly rules: readonly TokenRule[];
}

/** All tokens in their places, in the order in which they are looked at. */
function tokensOf({ rules }: Authentication, request: Request): FoundToken[] {
  // What rules write of callers is emptied before anything is looked at.
  const headers = apply(
    request.headers,
    outputHeaders(rules).map((name) => ({ op: "remove", name })),
  );
  return places(rules).flatMap((location) =>
    tokensIn(location, headers).map((text) => ({
      location,
      text,
      rules: rules.filter(({ locations }) => locations.some((one) => same(one, location))),
    })),
  );
}

function placeWords(location: TokenLocation): string {
  switch (location.kind) {
    case "header":
      return `header ${quoted(location.name)}`;
    case "query":
      return `query parameter ${quoted(location.name)}`;
    case "cookie":
      return `cookie ${quoted(location.name)}`;
  }
}

function absentWords({ locations }: TokenRule): string {
  return `no token in ${listed(locations.map(placeWords), "or")}`;
}

function verdictWords(verdict: Verdict, { issuer, audiences, keys }: TokenRule, now: bigint): string {
  switch (verdict.kind) {
    case "accepted":
      return "is accepted";
    case "unavailable":
      return `cannot be told good or bad: its keys are at ${keys.kind === "remote" ? quoted(keys.authority) : "no place"}`;
    case "foreign": {
      if (!verdict.token) return "is no JSON Web Token";
      const named = valueAt(verdict.token.claims, ["iss"]);
      const had = named?.kind === "text" ? `is ${quoted(named.text)}` : "is absent";
      return `is another issuer's: claim \`iss\` ${had}; wanted ${quoted(issuer ?? "")}`;
    }
    case "refused": {
      const { claims } = verdict.token;
      if (verdict.why === "signature") return "is refused: its signature is not good under the keys";
      if (verdict.why === "time") return `is refused: ${timeWords(claims, now)}`;
      const had = claimTexts(claims, { path: ["aud"], as: "texts" });
      const has = had.length > 0 ? `is ${listed(had.map(quoted), "and")}` : "is absent";
      return `is refused: claim \`aud\` ${has}; wanted ${listed(audiences.map(quoted), "or")}`;
    }
  }
}

type Claims = Extract<Verdict, { kind: "refused" }>["token"]["claims"];

function timeWords(claims: Claims, now: bigint): string {
  const seconds = (name: string): number | undefined => {
    const value = valueAt(claims, [name]);
    return value?.kind === "number" ? Number(value.text) : undefined;
  };
  const at = Number(now / 1_000_000_000n);
  const leeway = Number(CLOCK_SKEW / 1_000_000_000n);
  const expires = seconds("exp");
  if (expires !== undefined && expires + leeway <= at)
    return `it expired at ${instant(expires)}, and it is ${instant(at)}`;
  return `it counts from ${instant(seconds("nbf") ?? 0)}, and it is ${instant(at)}`;
}

function instant(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace(".000Z", "Z");
}

function stageWords(outcome: Authenticated, tokens: number, request: Request): string {
  if (outcome.kind === "fail") {
    return outcome.unavailable
      ? "the keys of a token are not there"
      : tokens === 1
        ? "the token is no good"
        : `one of ${tokens} tokens is no good, or there are more than rules look for`;
  }
  if (tokens === 0)
    return request.claims ? "no token; the claims are those that were given" : "no token, which passes";
  return outcome.identity ? "the token is good" : "a preflight of a browser passes, whatever its token";
}
