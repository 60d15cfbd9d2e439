// A filter's program → the stages of its picture, whole.
import type { Authentication, KeySource, TokenLocation, TokenRule } from "../ir/authentication.ts";
import type { Limit, Observer, Origin, Program, Rule } from "../ir/program.ts";
import type { Cors } from "../ir/routing.ts";
import { box, boxOf, grouped, sourceOf } from "./boxes.ts";
import type { Box, Group, Stage } from "./picture.ts";
import { routeGroups } from "./routes.ts";
import { conditionLines, keyWords, shown } from "./words.ts";

/** The stages that a filter has, in the order in which a request meets them. */
export function stagesOf(program: Program): Stage[] {
  const { authentication, authorization, limits, responses } = program;
  const { deny, allow, anyAllowPolicy, observers } = authorization;
  const denies = [...rulesByPolicy(deny), ...observed(observers, (effect) => effect === "dry-run-deny")];
  const allows = [...rulesByPolicy(allow), ...observed(observers, (effect) => effect !== "dry-run-deny")];
  const refused = responses.denied.status;
  const limited = responses.limited.status;
  const all: Stage[] = [
    { kind: "cors", title: "CORS", note: "preflights are answered", groups: corsGroups(program) },
    {
      kind: "limits",
      title: "limits",
      note: "every request counts",
      status: limited,
      groups: limitGroups(limits, "before-authentication"),
    },
    {
      kind: "authentication",
      title: "authentication",
      note: "tokens have to be good",
      status: responses.unauthenticated.status,
      groups: authentication ? tokenGroups(authentication) : [],
    },
    { kind: "deny", title: "DENY", note: "a match is refused", status: refused, groups: denies },
    {
      kind: "allow",
      title: "ALLOW",
      note: allow.length > 0 ? "one has to match" : anyAllowPolicy ? "no rule: nothing passes" : "all pass",
      ...(anyAllowPolicy && { status: refused }),
      groups: allows,
    },
    {
      kind: "limits",
      title: "limits",
      note: "all must have room",
      status: limited,
      groups: limitGroups(limits, "after-authorization"),
    },
    {
      kind: "routes",
      title: "routes",
      ...(program.httpRoutes
        ? { note: "the most specific match decides", status: 404 }
        : { note: "the first match decides" }),
      groups: routeGroups(program),
    },
  ];
  return all.filter(({ kind, groups }) => groups.length > 0 || (kind === "allow" && anyAllowPolicy));
}

function rulesByPolicy(rules: readonly Rule[]): Group[] {
  return grouped(rules.map(({ origin, when }) => [origin.policy, ruleBox(origin, conditionLines(when))]));
}

function ruleBox(origin: Origin, asked: readonly string[], mark?: "counted"): Box {
  return box(boxOf("rule", origin), origin, {
    title: origin.part,
    source: sourceOf(origin),
    lines: asked.length > 0 ? asked : ["every request"],
    ...(mark && { mark }),
  });
}

function observed(observers: readonly Observer[], belongs: (effect: Observer["effect"]) => boolean): Group[] {
  return observers
    .filter(({ effect }) => belongs(effect))
    .map(({ policy, effect, rules }) => ({
      title: `${shown(policy)} (${effect === "audit" ? "audit" : "dry run"}: counted only)`,
      boxes: rules.map(({ origin, when }) => ruleBox(origin, conditionLines(when), "counted")),
    }));
}

function corsGroups({ httpRoutes }: Program): Group[] {
  // A rule is there once for each of its matches and hostnames.
  const rules = new Map<string, readonly [string, Box]>();
  for (const { origin, cors } of httpRoutes?.rules ?? []) {
    const id = boxOf("cors", origin);
    if (!cors || rules.has(id)) continue;
    const shows = { title: origin.part, source: sourceOf(origin), lines: corsLines(cors) };
    rules.set(id, [origin.policy, box(id, origin, shows)]);
  }
  return grouped([...rules.values()]);
}

function corsLines({ allows, anyOrigin, methods, headers, credentials }: Cors): string[] {
  const words = (list: readonly string[] | "*"): string => (list === "*" ? "*" : list.map(shown).join(", "));
  return [
    ...(anyOrigin ? ["origin: *"] : conditionLines(allows)),
    ...(methods.length > 0 ? [`methods: ${words(methods)}`] : []),
    ...(headers.length > 0 ? [`headers: ${words(headers)}`] : []),
    ...(credentials ? ["with credentials"] : []),
  ];
}

function limitGroups(limits: readonly Limit[], phase: Limit["phase"]): Group[] {
  return grouped(
    limits.filter((limit) => limit.phase === phase).map((limit) => [limit.origin.policy, limitBox(limit)]),
  );
}

const ALGORITHMS: Readonly<Record<Limit["algorithm"], string>> = {
  "token-bucket": "token bucket",
  gcra: "GCRA",
  "sliding-window": "sliding window",
  "fixed-window": "fixed window",
  concurrency: "at once",
};

const SCOPES: Readonly<Record<Limit["scope"], string>> = {
  worker: "each worker",
  proxy: "the whole proxy",
  mesh: "the whole mesh",
};

function limitBox(limit: Limit): Box {
  const { origin, name, rates, key, when, algorithm, scope, cost, shadow } = limit;
  const asked = conditionLines(when);
  const costs =
    cost.kind === "response-header"
      ? [`costs what ${shown(cost.name)} says`]
      : cost.kind === "cel"
        ? [`costs ${cost.expression.text}`]
        : cost.value === 1
          ? []
          : [`costs ${cost.value}`];
  const lines = [
    ...rates.map(({ words }) => words),
    `by ${key.length > 0 ? key.map(keyWords).join(" + ") : "nothing: all share one"}`,
    `${ALGORITHMS[algorithm]}, ${SCOPES[scope]}`,
    ...(asked.length > 0 ? [`where ${asked.join(" and ")}`] : []),
    ...costs,
    ...(shadow ? ["counts, refuses nothing"] : []),
  ];
  return box(boxOf("limit", origin), origin, {
    title: shown(name),
    source: sourceOf(origin),
    lines,
    ...(shadow && { mark: "counted" as const }),
  });
}

function tokenGroups({ rules }: Authentication): Group[] {
  return grouped(rules.map((rule) => [rule.origin.policy, tokenBox(rule)]));
}

function tokenBox({ origin, issuer, audiences, keys, locations }: TokenRule): Box {
  return box(boxOf("token", origin), origin, {
    title: origin.part,
    source: sourceOf(origin),
    lines: [
      issuer === undefined ? "any issuer" : `issuer ${shown(issuer)}`,
      ...(audiences.length > 0 ? [`for ${audiences.map(shown).join(", ")}`] : []),
      `in ${locations.map(locationWords).join(", ")}`,
      keyWordsOf(keys),
    ],
  });
}

function locationWords(location: TokenLocation): string {
  const name = shown(location.name);
  return location.kind === "header" ? name : `${location.kind} ${name}`;
}

function keyWordsOf(keys: KeySource): string {
  if (keys.kind === "inline") return `${keys.keys.length} ${keys.keys.length === 1 ? "key" : "keys"}`;
  return `keys from ${shown(keys.authority + keys.path)}`;
}
