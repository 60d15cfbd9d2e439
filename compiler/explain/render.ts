// An explanation as a person reads it: what decided and where it stands, then every stage with every rule.
import { plain, type Palette } from "../diagnostics/render.ts";
import { printable } from "../diagnostics/printable.ts";
import { hanging } from "../diagnostics/wrap.ts";
import type { MadeChange, ResponseChange } from "../ir/routing.ts";
import { requestLine } from "../requests/index.ts";
import type { Decided, Explanation, RuleExplanation, StageExplanation } from "./explanation.ts";
import type { Finding } from "./findings.ts";
import { excerptOf, placeOf } from "./place.ts";
import { quoted } from "./words.ts";

export interface RenderOptions {
  readonly palette?: Palette;
  /** Columns of the terminal; default: lines stay whole. */
  readonly width?: number;
}

/** Lines. */
export function renderExplanation(explanation: Explanation, options: RenderOptions = {}): string[] {
  const { palette = plain, width = Infinity } = options;
  const { request, stages, assumed } = explanation;
  return [
    headline(explanation, palette),
    ...hanging("", palette.dim(requestLine(request)), width),
    "",
    ...renderDecided(explanation, options),
    ...stages.flatMap((stage) => ["", ...stageLines(stage, explanation.decided, palette, width)]),
    ...changeLines(explanation, palette, width),
    ...assumed.flatMap((text) => ["", ...hanging(`${palette.note("note")}: `, printable(text), width)]),
  ];
}

/** What decided, with the place and the reasons: the part that fits beside something else. */
export function renderDecided(
  { decided }: Pick<Explanation, "decided">,
  { palette = plain, width = Infinity }: RenderOptions = {},
): string[] {
  const { rule } = decided;
  if (!rule)
    return hanging("decided by ", `${palette.bold(stageName(decided.stage))}: ${decided.words}`, width);
  return [
    `decided by ${palette.bold(titleOf(rule))}`,
    `${palette.dim("-->")} ${placeOf(rule.origin)}`,
    ...excerptOf(rule.origin, palette),
    ...reasonsOf(rule).flatMap((reason) => hanging(` ${palette.dim("=")} `, reason, width)),
  ];
}

function headline({ word, decision }: Explanation, palette: Palette): string {
  const good = word === "allow" || word === "redirect" || word === "preflight";
  const verdict = palette.bold((good ? palette.good : palette.error)(word));
  if (decision.kind === "forward") return verdict;
  return `${verdict} ${decision.status} ${palette.dim(printable(decision.details))}`;
}

function stageName(stage: Decided["stage"], policy?: string): string {
  const name = { cors: "CORS", request: "the request itself" }[stage as string] ?? stage.replace("-", " ");
  return policy === undefined ? name : `${name} ${printable(policy)}`;
}

/** More of one stage nobody reads; the machine-readable form has them all. */
const MOST_RULES = 60;

function stageLines(
  { stage, policy, words, rules, verdict }: StageExplanation,
  decided: Decided,
  palette: Palette,
  width: number,
): string[] {
  const name = palette.bold(stageName(stage, policy));
  const head =
    verdict === "not-reached" ? palette.dim(`${stageName(stage, policy)}: ${words}`) : `${name}: ${words}`;
  const shown = ofInterest(rules);
  const hidden = rules.length - shown.length;
  return [
    ...hanging("", head, width),
    ...shown.flatMap((rule) => ruleLines(rule, rule === decided.rule, palette, width)),
    ...(hidden > 0
      ? [palette.dim(`  … and ${hidden} more rules that do not match: \`--format json\` has them all`)]
      : []),
  ];
}

/** All where there are not many; else those that match, and of the others the first. */
function ofInterest(rules: readonly RuleExplanation[]): readonly RuleExplanation[] {
  if (rules.length <= MOST_RULES) return rules;
  let room = MOST_RULES - rules.filter(({ state }) => state !== "fails").length;
  return rules.filter(({ state }) => state !== "fails" || room-- > 0);
}

/** `told`: the reasons were given already. */
function ruleLines(rule: RuleExplanation, told: boolean, palette: Palette, width: number): string[] {
  const { state } = rule;
  const mark = { decides: palette.bold("→"), matches: palette.good("✓"), fails: palette.dim("✗") }[state];
  const title = state === "decides" ? palette.bold(titleOf(rule)) : titleOf(rule);
  return [
    `  ${mark} ${title}  ${palette.dim(placeOf(rule.origin))}`,
    ...(told ? [] : reasonsOf(rule).flatMap((reason) => hanging("      ", reason, width))),
  ];
}

function titleOf({ role, name, origin }: RuleExplanation): string {
  const named = name === undefined || origin.part.endsWith(`.${name}`) ? "" : ` ${printable(name)}`;
  return `${role} ${printable(`${origin.policy} ${origin.part}`)}${named}`;
}

function reasonsOf({ findings, notes }: RuleExplanation): string[] {
  return [...findings.map(findingWords), ...notes];
}

/** A finding, and what it was found among. */
export function findingWords({ words, alternatives }: Finding): string {
  return alternatives === undefined ? words : `${words} (the nearest of ${alternatives} alternatives)`;
}

function changeLines({ decision }: Explanation, palette: Palette, width: number): string[] {
  const parts =
    decision.kind === "forward"
      ? ([
          ["the upstream's request", decision.request],
          ["the client's response", decision.response],
        ] as const)
      : ([
          [
            "the answer",
            (decision.headers ?? []).map(([name, value]) => ({ op: "set", name, value }) as const),
          ],
        ] as const);
  return parts.flatMap(([what, changes]) =>
    changes.length === 0
      ? []
      : [
          "",
          palette.bold(`changed in ${what}`).replace("changed in the answer", "in the answer"),
          ...changes.flatMap((change) => hanging("  ", changeWords(change), width)),
        ],
  );
}

function changeWords(change: MadeChange | ResponseChange): string {
  const name = printable(change.name);
  switch (change.op) {
    case "remove":
      return `- ${name}`;
    case "set":
      return `${name}: ${unquoted(change.value)}`;
    case "add":
      return `+ ${name}: ${unquoted(change.value)}`;
    case "copy":
    case "rename":
    case "map":
      return `${printable(change.to)}: ${change.op === "map" ? "mapped from" : "the values of"} ${name}${change.op === "rename" ? ", which goes" : ""}`;
  }
}

function unquoted(value: string): string {
  return quoted(value).slice(1, -1);
}
