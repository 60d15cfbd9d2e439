// Rules of a HeaderRoutePolicy that never get a turn, and matches that no request fits. The first rule that matches decides,
// so a rule that asks for all that an earlier one asks for comes too late.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { firstLine } from "../../schema/schema.ts";
import { implies, questionsOf, type Question } from "./implication.ts";
import type { MatchSpec } from "./match.ts";
import type { RuleSpec, Spec } from "./schema.ts";

export function advise(spec: Spec, diagnostics: Diagnostics): void {
  const earlier = new EarlierMatches();
  spec.rules.items.forEach((rule, index) => {
    for (const match of rule.matches?.items ?? []) adviseOnRepeated(match, diagnostics);
    const matches = questionsOfRule(rule);
    const winners = matches.map((questions) => earlier.takes(questions));
    const [winner] = winners;
    if (winner !== undefined && winners.every((found) => found !== undefined)) {
      diagnostics.warning("rule-never-reached", `this rule is never reached: ${winner} takes its requests`, {
        span: firstLine(rule.name?.span ?? rule.keys.values().next().value ?? rule.span),
        help: "the first rule that matches decides: move the narrower rule to the front, or remove it",
      });
    }
    const shown = rule.name ? `the rule \`${rule.name.value}\`` : `\`rules[${index}]\``;
    for (const questions of matches) earlier.add(shown, questions);
  });
}

function questionsOfRule({ matches, condition }: RuleSpec): Question[][] {
  const besides = condition ? questionsOf({ condition }) : [];
  return (matches?.items ?? [{}]).map((match) => [...questionsOf(match), ...besides]);
}

/** Of query parameters and cookies only the first of a name counts: it cannot have two values. */
function adviseOnRepeated({ queryParams, cookies }: MatchSpec, diagnostics: Diagnostics): void {
  for (const list of [queryParams, cookies]) {
    const exact = new Map<string, string>();
    for (const { name, type, value } of list?.items ?? []) {
      if ((type && type.value !== "Exact") || !value) continue;
      const other = exact.get(name.value) ?? value.value;
      exact.set(name.value, other);
      if (other === value.value) continue;
      diagnostics.warning(
        "value-never-matches",
        `\`${name.value}\` cannot be \`${other}\` and \`${value.value}\``,
        {
          span: value.span,
          help: "inside one match everything must hold: write two `matches` where either will do",
        },
      );
    }
  }
}

interface Earlier {
  readonly order: number;
  /** The rule, for messages. */
  readonly shown: string;
  readonly questions: readonly Question[];
}

/** The matches of earlier rules, found by the first thing that each asks: there may be thousands. */
class EarlierMatches {
  #count = 0;
  #askingNothing: Earlier | undefined;
  readonly #byFirst = new Map<string, Earlier[]>();

  add(shown: string, questions: readonly Question[]): void {
    const match = { order: this.#count++, shown, questions };
    const [first] = questions;
    if (!first) {
      this.#askingNothing ??= match;
      return;
    }
    const list = this.#byFirst.get(placeOf(first));
    if (list) list.push(match);
    else this.#byFirst.set(placeOf(first), [match]);
  }

  /** The first rule with a match that asks nothing but what these ask. */
  takes(questions: readonly Question[]): string | undefined {
    let winner = this.#askingNothing;
    for (const question of questions) {
      for (const place of placesImplied(question)) {
        const found = this.#byFirst
          .get(place)
          ?.find((match) =>
            match.questions.every((asked) => questions.some((known) => implies(known, asked))),
          );
        if (found && (!winner || found.order < winner.order)) winner = found;
      }
    }
    return winner?.shown;
  }
}

/** Where a match lies that asks this first. */
function placeOf({ subject, type, value }: Question): string {
  return type === "Exact" || type === "PathPrefix" ? `${subject} ${type} ${value}` : subject;
}

/** Where everything lies that this may imply: of paths that is what they begin with, element by element. */
function placesImplied({ subject, type, value }: Question): string[] {
  const places = [subject, `${subject} Exact ${value}`];
  if (type !== "Exact" && type !== "PathPrefix") return places;
  const ends = [...value.matchAll(/(?!^)(?:\/|$)/g)].map(({ index }) => index);
  return [...places, ...ends.map((end) => `${subject} PathPrefix ${value.slice(0, end)}`)];
}
