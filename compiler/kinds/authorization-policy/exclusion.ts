// A value that the other list of its field takes back.
import { isTemplate } from "../../automata/template.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { maskOf, parseBlock } from "../../net/block.ts";
import type { Located } from "../../source/span.ts";
import { covers, patternOf } from "./pattern.ts";
import type { Question, Subject } from "./question.ts";

/** Warns of values of which `notX` leaves nothing. */
export function checkExclusions(
  { subject, names, values, notValues }: Question,
  diagnostics: Diagnostics,
): void {
  if (!values || !notValues) return;
  const all = notValues.items.find(({ value }) => value === "*");
  if (all) {
    diagnostics.warning(
      "value-never-matches",
      `\`*\` in \`${names.notValues}\` leaves nothing of \`${names.values}\``,
      {
        span: all.span,
        help: `a rule with both matches no request: remove one of them`,
      },
    );
    return;
  }
  for (const item of values.items) {
    const excluding = notValues.items.find((other) => excludes(subject, other, item));
    if (!excluding) continue;
    const by =
      excluding.value === item.value
        ? `\`${names.notValues}\` names it too`
        : `\`${excluding.value}\` in \`${names.notValues}\` takes it back`;
    diagnostics.warning("value-never-matches", `\`${item.value}\` never matches: ${by}`, {
      span: item.span,
      help: "remove it from one of the two lists",
    });
  }
}

function excludes(subject: Subject, outer: Located<string>, inner: Located<string>): boolean {
  switch (subject.kind) {
    case "peer":
    case "client":
    case "destination":
      return holdsBlock(outer.value, inner.value);
    case "port":
      return Number(outer.value) === Number(inner.value);
    case "host":
      return covers(patternOf(outer.value.toLowerCase()), patternOf(inner.value.toLowerCase()));
    case "path":
      if (isTemplate(outer.value) || isTemplate(inner.value)) return outer.value === inner.value;
      return covers(patternOf(outer.value), patternOf(inner.value));
    case "request-principal":
    case "namespace":
    case "service-account":
    case "trust-domain":
    case "inline-header":
      return outer.value === inner.value;
    case "method":
    case "header":
    case "principal":
    case "claim":
    case "sni":
    case "metadata":
      return covers(patternOf(outer.value), patternOf(inner.value));
  }
}

function holdsBlock(outer: string, inner: string): boolean {
  const a = parseBlock(outer);
  const b = parseBlock(inner);
  if (typeof a === "string" || typeof b === "string") return false;
  const width = a.family === 4 ? 32 : 128;
  return a.family === b.family && a.bits <= b.bits && (b.network & maskOf(width, a.bits)) === a.network;
}
