// Rules about who may pass that match nothing, match everything, or leave nothing to each other.
import { requestLine } from "../requests/index.ts";
import { always } from "../ir/conditions.ts";
import type { Condition, Program, Rule } from "../ir/program.ts";
import { satisfiable, uncovered, unreachableIn } from "../questions/index.ts";
import { EXCLUDES, MOST_RULES, neverMatches, shown, STEPS, type Finding, type Verdict } from "./finding.ts";
import { seen } from "./seen.ts";

interface Acting {
  readonly rule: Rule;
  readonly denies: boolean;
}

export function adviseOnAuthorization(program: Program): Verdict[] {
  const { deny, allow, observers } = program.authorization;
  const rules: Acting[] = [
    ...deny.map((rule) => ({ rule, denies: true })),
    ...allow.map((rule) => ({ rule, denies: false })),
  ];
  return [
    ...(rules.length > MOST_RULES ? [] : adviseOnRules(rules, program)),
    ...observers.flatMap(({ rules: observing }) =>
      observing.length > MOST_RULES ? [] : adviseOnObserving(observing, program),
    ),
  ];
}

function adviseOnRules(rules: readonly Acting[], program: Program): Verdict[] {
  const unreachable = unreachableIn(
    rules.map(({ rule }) => seen(rule.when, program)),
    { steps: STEPS },
  );
  const found = new Map<number, Finding>();
  const ask = (order: readonly number[]): void => {
    for (const [number, by] of unreachable(order)) {
      const acting = rules[number];
      const others = by.flatMap((other) => rules[other] ?? []);
      if (acting) found.set(number, findingOf(acting, others, program));
    }
  };
  const all = [...rules.keys()];
  ask(all);
  // What a later rule of the same action leaves nothing of.
  const turned = all.filter((number) => !found.has(number)).reverse();
  ask([
    ...turned.filter((number) => rules[number]?.denies),
    ...turned.filter((number) => !rules[number]?.denies),
  ]);
  return rules.map((acting, number) => {
    const redundant = found.get(number);
    const matchesAll = !redundant && isEverything(acting.rule.when, program);
    return { origin: acting.rule.origin, finding: matchesAll ? everything(acting) : redundant };
  });
}

function findingOf({ rule, denies }: Acting, others: readonly Acting[], program: Program): Finding {
  const [other] = others;
  if (!other) return unmatched(rule, program);
  const names = shown(others.map((one) => one.rule.origin));
  const do_ = (one: string): string => (others.length === 1 ? `${one}s` : `together ${one}`);
  const such = suchAs(rule, program);
  if (!denies && others.every((one) => one.denies)) {
    return {
      severity: "warning",
      name: "rule-never-reached",
      message: `this rule lets nothing by: DENY rules refuse all that it matches${such}`,
      help: `DENY rules go first: ${names} ${do_("refuse")} it; narrow what is refused, or remove this rule`,
    };
  }
  const mixed = others.some((one) => one.denies) && !denies;
  const fate = denies ? "is refused" : mixed ? "passes, or is refused," : "passes";
  const alike = mixed ? "refuse or allow" : do_(denies ? "refuse" : "allow");
  return {
    severity: "note",
    name: "rule-redundant",
    message: `this rule is redundant: what it matches ${fate} without it${such}`,
    help: `${names} ${alike} the same: remove this rule, or see whether it says what it is to`,
  };
}

function unmatched({ when }: Rule, { authentication }: Program): Finding {
  const withToken = !authentication && satisfiable(when, { steps: STEPS }).kind === "met";
  return neverMatches(
    withToken
      ? "it asks for what a verified token says, and no `RequestAuthentication` verifies any: add one"
      : EXCLUDES,
  );
}

/** A request that the rule is about, in words for the end of a message. */
function suchAs({ when }: Rule, program: Program): string {
  const answer = satisfiable(seen(when, program), { steps: STEPS });
  return answer.kind === "met" ? `, such as \`${requestLine(answer.request)}\`` : "";
}

function adviseOnObserving(rules: readonly Rule[], program: Program): Verdict[] {
  const conditions = rules.map(({ when }) => seen(when, program));
  const unreachable = unreachableIn(conditions, { steps: STEPS })([...rules.keys()]);
  return rules.map((rule, number) => ({
    origin: rule.origin,
    finding: unreachable.get(number)?.length === 0 ? unmatched(rule, program) : undefined,
  }));
}

/** Whether a condition that asks for something asks for nothing. */
function isEverything(when: Condition, program: Program): boolean {
  return hasNot(when) && uncovered(seen(always, program), [when], { steps: STEPS }).kind === "never";
}

/** Without a `not` there is always a request that lacks what is asked for. */
function hasNot(condition: Condition): boolean {
  switch (condition.op) {
    case "not":
      return true;
    case "all":
    case "any":
      return condition.of.some(hasNot);
    case "constant":
    case "test":
    case "cel":
      return false;
  }
}

function everything({ denies }: Acting): Finding {
  return {
    severity: "warning",
    name: "matches-everything",
    message: `this rule matches every request: ${denies ? "everything is refused" : "everything may pass"}`,
    help: "each request lacks one of the things that it says `not…` of: what is not to be together belongs into one list",
  };
}
