// Which road: the HTTPRoutes and each HeaderRoutePolicy are a part each, compared with its counterpart among the requests that
// both versions let pass. Where parts have no counterpart, or what differs in one another makes up for, all are taken together.
import { all, always } from "../ir/conditions.ts";
import type { Condition, Origin, Program } from "../ir/program.ts";
import type { Difference, ListedRule } from "../questions/index.ts";
import { askLists } from "./ask.ts";
import { nothingFound, together, type Candidate, type Decider, type Found, type Sides } from "./change.ts";
import { firstThatHolds } from "./deciders.ts";
import { asSeen, impossible, refusedByEither } from "./domain.ts";
import { effectChanges } from "./effect-words.ts";
import { composed, effectLabel, effectOfNone, httpEffect, routeEffect, type RouteEffect } from "./effects.ts";
import { Labels } from "./labels.ts";
import { conditionLabel } from "./rule-labels.ts";
import { requestsToTry, type Doing } from "./keys.ts";
import type { Trial } from "./trial.ts";

/** The HTTPRoutes together, or one HeaderRoutePolicy. */
interface Part {
  readonly rules: readonly PartRule[];
  /** What it does of whose rules none matches. */
  readonly none: RouteEffect;
  /** In words, where none of its rules matches. */
  readonly noneWords: string;
}

interface PartRule {
  readonly when: Condition;
  readonly effect: RouteEffect;
  /** One; of parts taken together one of each that has a say. */
  readonly origins: readonly Origin[];
  readonly does: Doing;
}

/** Rules of all parts together are at most so many. */
const MOST_TOGETHER = 4_000;

export function compareRouting(trial: Trial): Found {
  const { programs } = trial;
  const [before, after] = withCounterparts(partsOf(programs.old), partsOf(programs.new));
  const found = before.map((part, i): Found => {
    const other = after[i];
    return other && labelOf(part) !== labelOf(other)
      ? compareParts({ old: part, new: other }, trial)
      : nothingFound;
  });
  const apart = together(found);
  if (apart.candidates.length > 0 || apart.undecided.length === 0) return apart;
  const differing = before.map((_, i) => i).filter((i) => (found[i]?.undecided.length ?? 0) > 0);
  // What stands between two that differ takes part in who has the last word.
  const range = { from: Math.min(...differing), to: Math.max(...differing) + 1 };
  const whole = {
    old: product(before.slice(range.from, range.to)),
    new: product(after.slice(range.from, range.to)),
  };
  if (!whole.old || !whole.new || before.length === 1) return apart;
  return together([
    ...found.filter(({ undecided }) => undecided.length === 0),
    compareParts({ old: whole.old, new: whole.new }, trial),
  ]);
}

function partsOf(program: Program): Part[] {
  const seen = (when: Condition): Condition => asSeen(when, program);
  const http: Part = {
    rules: (program.httpRoutes?.rules ?? []).map((rule) => ({
      when: seen(rule.when),
      effect: httpEffect(rule),
      origins: [rule.origin],
      does: { http: rule, routes: [] },
    })),
    none: effectOfNone(program, "http"),
    noneWords: program.httpRoutes ? "no HTTPRoute matches" : "no HTTPRoute",
  };
  const policies = program.routes.map(({ rules }): Part => ({
    rules: rules.map((rule) => ({
      when: seen(rule.when),
      effect: routeEffect(rule),
      origins: [rule.origin],
      does: { routes: [rule] },
    })),
    none: { kind: "nothing" },
    noneWords: "no HeaderRoutePolicy's rule matches",
  }));
  return [http, ...policies.filter(({ rules }) => rules.some(({ effect }) => effect.kind !== "nothing"))];
}

const nobody: Part = { rules: [], none: { kind: "nothing" }, noneWords: "no such policy" };

/** As many parts on both sides: those that are alike at the front and at the back stand beside each other. */
function withCounterparts(
  before: readonly Part[],
  after: readonly Part[],
): [readonly Part[], readonly Part[]] {
  const alike = (a: Part | undefined, b: Part | undefined): boolean =>
    !!a && !!b && labelOf(a) === labelOf(b);
  const shorter = Math.min(before.length, after.length);
  let back = 0;
  while (back < shorter - 1 && alike(before.at(-1 - back), after.at(-1 - back))) back++;
  const fill = (parts: readonly Part[], most: number): Part[] => [
    ...parts.slice(0, parts.length - back),
    ...Array.from({ length: most - parts.length }, () => nobody),
    ...parts.slice(parts.length - back),
  ];
  const most = Math.max(before.length, after.length);
  return [fill(before, most), fill(after, most)];
}

const labels = new WeakMap<Part, string>();

/** Equal where two parts are written alike, but for names. */
function labelOf(part: Part): string {
  const known = labels.get(part);
  if (known !== undefined) return known;
  const rules = part.rules.map(({ when, effect }) => `${conditionLabel(when)} ${effectLabel(effect)}`);
  const label = [...rules, effectLabel(part.none)].join("\n");
  labels.set(part, label);
  return label;
}

function compareParts(parts: Sides<Part>, trial: Trial): Found {
  const { programs } = trial;
  const effects = new Labels<RouteEffect>();
  const listOf = ({ rules, none }: Part): ListedRule[] => [
    ...rules.map(({ when, effect }) => ({ when, outcome: effects.of(effect) })),
    { when: always, outcome: effects.of(none) },
  ];
  const lists = { old: listOf(parts.old), new: listOf(parts.new) };
  const candidate = ({ from, to, request }: Difference): Candidate | undefined => {
    const rules = {
      old: firstThatHolds(parts.old.rules, request),
      new: firstThatHolds(parts.new.rules, request),
    };
    const change = {
      kind: "routed-elsewhere",
      details: effectChanges(effects.meaning(from), effects.meaning(to)),
      deciders: { old: deciderOf(rules.old, parts.old), new: deciderOf(rules.new, parts.new) },
    } as const;
    for (const tried of requestsToTry(request, { old: rules.old?.does, new: rules.new?.does }, programs)) {
      const found = trial.candidate(change, [{ ...tried, times: 1, after: 0n }]);
      if (found) return found;
    }
    return undefined;
  };
  const refused = (): ListedRule[] => refusedByEither(programs);
  const nowhere = impossible(programs, [lists.old, lists.new]);
  return askLists({ about: "which road", lists, aside: nowhere, narrower: refused, candidate });
}

function deciderOf(rule: PartRule | undefined, { noneWords }: Part): Decider {
  return rule?.origins.at(-1) ?? { none: noneWords };
}

/** Several parts as one list: in each the first rule that matches, or none. Undefined where that would be too much. */
function product(parts: readonly Part[]): Part | undefined {
  const lists = parts.map(({ rules, none }): PartRule[] => [
    ...rules,
    { when: always, effect: none, origins: [], does: { routes: [] } },
  ]);
  if (lists.reduce((size, rules) => size * rules.length, 1) > MOST_TOGETHER) return undefined;
  const choices = lists.reduce<readonly (readonly PartRule[])[]>(
    (before, rules) => before.flatMap((chosen) => rules.map((rule) => [...chosen, rule])),
    [[]],
  );
  const rules = choices.map((chosen) => ({
    when: all(chosen.map(({ when }) => when)),
    effect: composed(chosen.map(({ effect }) => effect)),
    origins: chosen.flatMap(({ origins }) => origins),
    does: {
      ...(chosen[0]?.does.http && { http: chosen[0].does.http }),
      routes: chosen.flatMap(({ does }) => does.routes),
    },
  }));
  return { rules, none: { kind: "nothing" }, noneWords: "no rule matches" };
}
