// What browsers are told about requests from elsewhere, before any other stage looks at them.
import { all, always, not } from "../ir/conditions.ts";
import type { Request } from "../ir/interpret.ts";
import type { Condition, Program } from "../ir/program.ts";
import { asPreflight } from "../ir/routes.ts";
import type { Cors, HttpRouteRule } from "../ir/routing.ts";
import type { Difference, ListedRule } from "../questions/index.ts";
import { askLists } from "./ask.ts";
import { nothingFound, together, type Candidate, type Decider, type Found } from "./change.ts";
import { firstThatHolds } from "./deciders.ts";
import { ASIDE, isFromElsewhere, isPreflight } from "./domain.ts";
import { Labels } from "./labels.ts";
import type { Trial } from "./trial.ts";
import { plainly } from "./words.ts";

/** What is told, each under its name; undefined: the rules say nothing. */
type Told = Readonly<Record<string, string>> | undefined;

/** One of the two questions that browsers have. */
interface Question {
  readonly about: string;
  /** Requests that ask it. */
  readonly when: Condition;
  readonly seen: (condition: Condition) => Condition;
  readonly allowed: (cors: Cors) => Told;
  readonly refused: Told;
}

const questions: readonly Question[] = [
  {
    about: "what preflights are answered",
    when: isPreflight,
    seen: asPreflight,
    allowed: ({ methods, headers, maxAge, ...cors }) => ({
      ...toWhom(cors),
      methods: list(methods),
      headers: list(headers),
      "max age": String(maxAge),
    }),
    refused: { origin: "refused" },
  },
  {
    about: "what other origins are told",
    // Preflights among them: one that asks for two methods at once is none.
    when: isFromElsewhere,
    seen: (condition) => condition,
    allowed: ({ exposed, ...cors }) => ({ ...toWhom(cors), "exposed headers": list(exposed) }),
    refused: { origin: "refused" },
  },
];

export function compareCrossOrigin(trial: Trial): Found {
  const rules = {
    old: trial.programs.old.httpRoutes?.rules ?? [],
    new: trial.programs.new.httpRoutes?.rules ?? [],
  };
  if (![...rules.old, ...rules.new].some(({ cors }) => cors)) return nothingFound;
  return together(questions.map((question) => compare(question, trial)));
}

function compare({ about, when, seen, allowed, refused }: Question, trial: Trial): Found {
  const { programs } = trial;
  const labels = new Labels<{ told: Told }>();
  const label = (told: Told): string => labels.of({ told });
  const listOf = ({ httpRoutes }: Program): ListedRule[] => [
    ...(httpRoutes?.rules ?? []).flatMap((rule): ListedRule[] => {
      const asked = seen(rule.when);
      if (!rule.cors) return [{ when: asked, outcome: label(undefined) }];
      return [
        { when: all([asked, rule.cors.allows]), outcome: label(allowed(rule.cors)) },
        { when: asked, outcome: label(refused) },
      ];
    }),
    { when: always, outcome: label(undefined) },
  ];
  const deciderOf = ({ httpRoutes }: Program, request: Request): Decider => {
    const inFront = (httpRoutes?.rules ?? []).map((rule: HttpRouteRule) => ({
      ...rule,
      when: seen(rule.when),
    }));
    return firstThatHolds(inFront, request)?.origin ?? { none: "no HTTPRoute matches" };
  };
  const candidate = ({ from, to, request }: Difference): Candidate | undefined =>
    trial.candidate(
      {
        kind: "answered-differently",
        details: toldChanges(labels.meaning(from)?.told, labels.meaning(to)?.told),
        deciders: { old: deciderOf(programs.old, request), new: deciderOf(programs.new, request) },
      },
      [{ request, times: 1, after: 0n }],
    );
  const lists = { old: listOf(programs.old), new: listOf(programs.new) };
  return askLists({ about, lists, aside: [{ when: not(when), outcome: ASIDE }], candidate });
}

function toWhom({ anyOrigin, credentials }: Pick<Cors, "anyOrigin" | "credentials">): Record<string, string> {
  return {
    origin: anyOrigin && !credentials ? "any" : "allowed by name",
    credentials: credentials ? "allowed" : "not allowed",
  };
}

function list(names: readonly string[] | "*"): string {
  return names === "*" ? "all" : names.length === 0 ? "none" : names.map(plainly).join(", ");
}

/** Of an origin that is told nothing in one version what the other tells it is no change of its own. */
function toldChanges(before: Told, after: Told): string[] {
  const names = Object.keys({ ...before, ...after }).filter(
    (name) => name === "origin" || (before?.[name] !== undefined && after?.[name] !== undefined),
  );
  return names.flatMap((name) => {
    const [from, to] = [before?.[name] ?? "nothing", after?.[name] ?? "nothing"];
    return from === to ? [] : [`cross-origin ${name}: ${from} → ${to}`];
  });
}
