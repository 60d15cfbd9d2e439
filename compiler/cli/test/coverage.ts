// What tests left out, for people: by policy, with file and line.
import { printable } from "../../diagnostics/printable.ts";
import { hanging } from "../../diagnostics/wrap.ts";
import { placeOf } from "../../source/span.ts";
import type { Coverage, Rule } from "../../policy-test/coverage.ts";
import type { Look } from "./text.ts";

export function coverageLines({ policies, percent, covered, total }: Coverage, look: Look): string[] {
  const { palette } = look;
  const lines = policies.flatMap(({ policy, file, rules }) => {
    const missing = rules.filter((rule) => rule.missing.length > 0);
    const share = percentOf(sum(rules, "covered"), sum(rules, "total"));
    const head = `${shown(share, palette)} ${palette.bold(printable(policy))} ${palette.dim(printable(file))}`;
    return [head, ...missing.flatMap((rule) => ruleLines(rule, look))];
  });
  return [
    palette.bold("coverage"),
    ...lines,
    `${shown(percent, palette)} of everything ${palette.dim(`${covered} of ${total}`)}`,
  ];
}

function ruleLines({ origin, missing }: Rule, { palette, width }: Look): string[] {
  const head = `       ${printable(origin.part)} ${palette.dim(printable(placeOf(origin.span)))}`;
  return [head, ...missing.flatMap((words) => hanging("         ", printable(words), width))];
}

/** Whole percent, rounded down: only what is whole is 100. */
export function percentOf(covered: number, total: number): number {
  return total === 0 ? 100 : Math.floor((covered / total) * 100);
}

function sum(rules: readonly Rule[], field: "covered" | "total"): number {
  return rules.reduce((all, rule) => all + rule[field], 0);
}

function shown(percent: number, palette: Look["palette"]): string {
  const text = `${percent} %`.padStart(6);
  return percent === 100 ? palette.good(text) : palette.warning(text);
}
