// Rules of a HeaderRoutePolicy that never get a turn. The first rule that matches decides, so a rule that asks for all that
// an earlier one asks for comes too late.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { firstLine } from "../../schema/schema.ts";
import type { MatchSpec, Spec } from "./schema.ts";

export function advise(spec: Spec, diagnostics: Diagnostics): void {
  const earlier: { readonly shown: string; readonly conditions: readonly string[] }[] = [];
  spec.rules.items.forEach((rule, index) => {
    const matches = rule.matches ? rule.matches.items.map(conditionsOf) : [[]];
    const winners = matches.map((conditions) =>
      earlier.find((other) => other.conditions.every((condition) => conditions.includes(condition))),
    );
    const [winner] = winners;
    if (winner !== undefined && winners.every((found) => found !== undefined)) {
      diagnostics.warning(
        "rule-never-reached",
        `this rule is never reached: ${winner.shown} takes its requests`,
        {
          span: firstLine(rule.name?.span ?? rule.keys.values().next().value ?? rule.span),
          help: "the first rule that matches decides: move the narrower rule to the front, or remove it",
        },
      );
    }
    const shown = rule.name ? `the rule \`${rule.name.value}\`` : `\`rules[${index}]\``;
    for (const conditions of matches) earlier.push({ shown, conditions });
  });
}

function conditionsOf({ headers, cookies }: MatchSpec): string[] {
  return [
    ...(headers?.items ?? []).map(({ name, value }) => `header ${name.value.toLowerCase()}=${value.value}`),
    ...(cookies?.items ?? []).map(({ name, value }) => `cookie ${name.value}=${value.value}`),
  ];
}
