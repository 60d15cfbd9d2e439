// Values that the other list of their field takes back.
import { isTemplate } from "../../automata/template.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { maskOf, parseBlock } from "../../net/block.ts";
import { covers, patternOf, type Pattern } from "./pattern.ts";
import { isAddress, type Question, type Subject } from "./question.ts";

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
      { span: all.span, help: "a rule with both matches no request: remove one of them" },
    );
    return;
  }
  const excluded = notValues.items.map(({ value }) => value);
  const excluding = isAddress(subject) ? byBlock(excluded) : byPattern(subject, excluded);
  for (const { value, span } of values.items) {
    const other = excluding(value);
    if (other === undefined) continue;
    const by =
      other === value
        ? `\`${names.notValues}\` names it too`
        : `\`${other}\` in \`${names.notValues}\` takes it back`;
    diagnostics.warning("value-never-matches", `\`${value}\` never matches: ${by}`, {
      span,
      help: "remove it from one of the two lists",
    });
  }
}

/** Which of the texts leaves nothing of another. Lists may be long on both sides. */
type Excluding = (value: string) => string | undefined;

function byPattern(subject: Subject, excluded: readonly string[]): Excluding {
  const same = new Map(excluded.map((other) => [canonical(subject, other), other]));
  const wider: readonly (readonly [Pattern, string])[] = hasPlainPatterns(subject)
    ? excluded
        .map((other) => [patternOf(canonical(subject, other)), other] as const)
        .filter(([{ kind }, other]) => kind !== "exact" && !isTemplateOf(subject, other))
    : [];
  return (value) => {
    const text = canonical(subject, value);
    const known = same.get(text);
    if (known !== undefined || isTemplateOf(subject, value)) return known;
    const inner = patternOf(text);
    return wider.find(([outer]) => covers(outer, inner))?.[1];
  };
}

const isTemplateOf = (subject: Subject, value: string): boolean =>
  subject.kind === "path" && isTemplate(value);

/** Values that mean the same are the same text. */
function canonical(subject: Subject, value: string): string {
  if (subject.kind === "host") return value.toLowerCase();
  return subject.kind === "port" ? String(Number(value)) : value;
}

/** Whether the values are compared as wholes, with a prefix, or with a suffix. */
function hasPlainPatterns({ kind }: Subject): boolean {
  return ["host", "method", "path", "header", "principal", "claim", "sni", "metadata"].includes(kind);
}

function byBlock(excluded: readonly string[]): Excluding {
  // By family and length of the prefix: of each length that is there, one look.
  const lengths = new Map<string, { family: 4 | 6; bits: number; networks: Map<bigint, string> }>();
  for (const text of excluded) {
    const block = parseBlock(text);
    if (typeof block === "string") continue;
    const { family, bits } = block;
    const known = lengths.get(`${family} ${bits}`) ?? { family, bits, networks: new Map<bigint, string>() };
    lengths.set(`${family} ${bits}`, known);
    known.networks.set(block.network, text);
  }
  return (value) => {
    const block = parseBlock(value);
    if (typeof block === "string") return undefined;
    const width = block.family === 4 ? 32 : 128;
    for (const { family, bits, networks } of lengths.values()) {
      if (family !== block.family || bits > block.bits) continue;
      const found = networks.get(block.network & maskOf(width, bits));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
