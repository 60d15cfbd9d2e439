// Whose tokens are good: compared rule by rule, since what a token is worth is a matter of its issuer and of keys, and of no
// request's own making.
import { createHash } from "node:crypto";
import type { TokenLocation, TokenRule } from "../ir/authentication.ts";
import type { Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";
import { canonical, filled, type Data } from "./canonical.ts";
import { nothingFound, type Candidate, type Found } from "./change.ts";
import type { Trial } from "./trial.ts";
import { without } from "./without.ts";
import { plainly } from "./words.ts";

/** What a rule does, each under the name that people know it by. */
type Facts = ReadonlyMap<string, string>;

export function compareAuthentication(trial: Trial): Found {
  const { old: before, new: after } = trial.programs;
  const candidates = [...rulesChanged(before, after), ...answerChanged(before, after)].map((change) =>
    tried(change, trial),
  );
  return { ...nothingFound, candidates };
}

/** With a token that shows it, where keys are not all that has changed. */
function tried(change: Candidate, trial: Trial): Candidate {
  const { old: before, new: after } = trial.programs;
  const issuers = [before, after].flatMap(({ authentication }) => authentication?.rules ?? []);
  const tokens = issuers.flatMap(({ issuer, audiences }) =>
    (audiences.length === 0 ? [null] : audiences).map((aud) => ({
      ...(issuer !== undefined && { iss: issuer }),
      aud,
    })),
  );
  const claims = [...new Map(tokens.map((token) => [JSON.stringify(token), token])).values()];
  for (const token of [...claims, { iss: "https://unknown.test" }]) {
    const request = { ...PLAIN, claims: token };
    const found = trial.candidate(change, [{ request, times: 1, after: 0n }]);
    if (found) return found;
  }
  return change;
}

const PLAIN: Request = {
  headers: [
    [":method", "GET"],
    [":path", "/"],
    [":authority", "example.com"],
    [":scheme", "http"],
  ],
};

function rulesChanged(before: Program, after: Program): Candidate[] {
  const old = inOrder(before.authentication?.rules ?? []);
  const now = inOrder(after.authentication?.rules ?? []);
  const keyOf = (rule: TokenRule): string => canonical(dataOf(rule));
  if (canonical(old.map(keyOf)) === canonical(now.map(keyOf))) return [];
  const found: Candidate[] = [];
  const left = [...now];
  for (const rule of old) {
    const at = bestMatch(rule, left);
    const [other] = at < 0 ? [] : left.splice(at, 1);
    if (!other) {
      found.push(changed([`issuer ${issuerOf(rule)}: no longer known`], rule, undefined));
    } else if (canonical(dataOf(rule)) !== canonical(dataOf(other))) {
      const details = factsChanged(factsOf(rule), factsOf(other));
      const all = details.length > 0 ? details : ["keys: another secret"];
      found.push(changed([`issuer ${issuerOf(rule)}`, ...all], rule, other));
    }
  }
  for (const rule of left)
    found.push(changed([`issuer ${issuerOf(rule)}: new`, ...describe(rule)], undefined, rule));
  return found.length > 0
    ? found
    : [
        changed(
          ["rules stand in another order, so that another one may accept a token first"],
          old[0],
          now[0],
        ),
      ];
}

function changed(
  details: readonly string[],
  old: TokenRule | undefined,
  now: TokenRule | undefined,
): Candidate {
  const none = { none: "no such rule" };
  const deciders = { old: old?.origin ?? none, new: now?.origin ?? none };
  return { kind: "authenticated-differently", details, deciders };
}

/** A refusal of a token is answered otherwise. */
function answerChanged(before: Program, after: Program): Candidate[] {
  const answers = [before, after].map(({ authentication, responses: { unauthenticated } }) => {
    const { status, body, holes } = unauthenticated;
    return authentication && { status: filled(status, holes?.status), body: filled(body, holes?.body) };
  });
  const [from, to] = answers;
  if (!from || !to || canonical(from) === canonical(to)) return [];
  const details = (["status", "body"] as const).flatMap((field) =>
    canonical(from[field]) === canonical(to[field])
      ? []
      : [`${field} of a refused token: ${canonical(from[field])} → ${canonical(to[field])}`],
  );
  return [{ kind: "answered-differently", details, deciders: { old: undefined, new: undefined } }];
}

/** The order says nothing where no token can be accepted by two rules, and all look in the same places. */
function inOrder(rules: readonly TokenRule[]): readonly TokenRule[] {
  const issuers = rules.map(({ issuer }) => issuer);
  const apart = !issuers.includes(undefined) && new Set(issuers).size === issuers.length;
  const places = new Set(rules.map(({ locations }) => canonical(locations)));
  if (!apart || places.size > 1) return rules;
  return [...rules].sort((a, b) => ((a.issuer ?? "") < (b.issuer ?? "") ? -1 : 1));
}

function bestMatch(rule: TokenRule, others: readonly TokenRule[]): number {
  const same = others.findIndex((other) => canonical(dataOf(other)) === canonical(dataOf(rule)));
  return same >= 0 ? same : others.findIndex(({ issuer }) => issuer === rule.issuer);
}

function issuerOf({ issuer }: TokenRule): string {
  return issuer ?? "(any)";
}

/** The rule itself, but for orders that say nothing: words may be alike where rules are not. */
function dataOf({ keys, audiences, claimHeaders, wordLists, ...rule }: TokenRule): Data {
  const inAnyOrder = (items: readonly unknown[]): string[] => [...new Set(items.map(canonical))].sort();
  return {
    ...without(rule, "origin", "locations"),
    locations: canonical(rule.locations),
    keys: keys.kind === "inline" ? inAnyOrder(keys.keys) : canonical(keys),
    audiences: inAnyOrder(audiences),
    claimHeaders: inAnyOrder(claimHeaders),
    wordLists: inAnyOrder(wordLists),
  };
}

function factsOf(rule: TokenRule): Facts {
  const { audiences, keys, locations, forward, payloadHeader, claimHeaders, wordLists } = rule;
  const headers = claimHeaders.map(
    ({ header, paths }) =>
      `${plainly(header)} from ${paths.map((path) => path.map(plainly).join(".")).join(" or ")}`,
  );
  return new Map([
    ["audiences", list(audiences.map(plainly), "any")],
    ["keys", keyWords(keys)],
    ["looked for in", locations.map(locationWords).join(", ")],
    ["token", forward ? "forwarded" : "removed"],
    ["payload header", payloadHeader === undefined ? "none" : plainly(payloadHeader)],
    ["headers from claims", list(headers, "none")],
    ["lists of words", list(wordLists.map(plainly), "none")],
  ]);
}

function describe(rule: TokenRule): string[] {
  return [...factsOf(rule)].flatMap(([name, fact]) => (fact === "none" ? [] : [`${name}: ${fact}`]));
}

function factsChanged(before: Facts, after: Facts): string[] {
  return [...before].flatMap(([name, from]) => {
    const to = after.get(name);
    return to === undefined || to === from ? [] : [`${name}: ${from} → ${to}`];
  });
}

function list(items: readonly string[], none: string): string {
  return items.length === 0 ? none : [...items].sort().join(", ");
}

/** Never the keys themselves: a secret is among them where tokens are signed with one. */
function keyWords(keys: TokenRule["keys"]): string {
  if (keys.kind === "remote") {
    const { cluster, authority, path, timeout, refresh, keep } = keys;
    const times = `at most ${timeout} ms, anew after ${refresh} ms, kept for ${keep} ms`;
    return `${cluster.tls ? "https" : "http"}://${authority}${path} (${cluster.host}:${cluster.port}, ${times})`;
  }
  const each = keys.keys.map(({ kid, algorithms, material }) => {
    const name = `${kid ?? "(no name)"} ${[...algorithms].sort().join("/")}`;
    // Of a secret not even a digest is told: it can be guessed from that.
    if (algorithms.includes("HS256")) return name;
    return `${name} ${createHash("sha256").update(material, "latin1").digest("hex").slice(0, 12)}`;
  });
  return list(each, "none");
}

function locationWords(location: TokenLocation): string {
  switch (location.kind) {
    case "header":
      return `header ${location.name}${location.prefix === "" ? "" : ` behind \`${location.prefix}\``}`;
    case "query":
      return `query parameter ${location.name}`;
    case "cookie":
      return `cookie ${location.name}`;
  }
}
