// Paths that policies name and listeners never show: where the two disagree about how far paths are normalised.
import { leavesOf } from "../ir/conditions.ts";
import type { PathNormalization } from "../2-check/path-normalization.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Condition, Predicate, Program, Rule } from "../ir/program.ts";
import type { HttpRouteRule, RouteRule } from "../ir/routing.ts";
import { firstLine } from "../schema/schema.ts";
import type { Located, Span } from "../source/span.ts";

type Named = Extract<Predicate, { readonly text: string }>;

/** What a normalised path does not hold, and what becomes of it. */
interface Unseen {
  readonly pattern: RegExp;
  readonly why: string;
}

const base: readonly Unseen[] = [
  { pattern: /\\/, why: "listeners make `/` of `\\`" },
  { pattern: /\/\.\.?\//, why: "listeners resolve `.` and `..`" },
  { pattern: /%00/, why: "listeners refuse `%00`" },
  {
    pattern: /%(2[de]|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/i,
    why: "listeners unescape letters, digits, `-`, `.`, `_` and `~`",
  },
  // eslint-disable-next-line no-control-regex -- what stands between the printable characters is meant
  { pattern: /["<>^`{|}\x00-\x20\x7f-\xff]/, why: "listeners escape what may not stand in a path" },
];
const resolvedAtTheEnd: Unseen = { pattern: /\/\.\.?$/, why: "listeners resolve `.` and `..`" };
// Nothing but slashes stays two of them.
const merged: Unseen = { pattern: /^(?!\/\/$).*\/\//s, why: "listeners merge slashes" };
const decoded: Unseen = { pattern: /%(2f|5c)/i, why: "listeners unescape `%2F` and `%5C`" };

/** Warns of paths that no request shows, and of prohibitions of paths that nobody normalises. */
export function adviseOnPaths(
  program: Program,
  normalization: Located<PathNormalization> | PathNormalization,
  diagnostics: Diagnostics,
): void {
  const { value, span } =
    typeof normalization === "string" ? { value: normalization, span: undefined } : normalization;
  const { deny, allow, observers } = program.authorization;
  if (value === "NONE") {
    if (span && deny.some(({ when }) => pathTests(when).length > 0)) warnOfEvasion(span, diagnostics);
    return;
  }
  const rules: readonly (Rule | RouteRule | HttpRouteRule)[] = [
    ...[...deny, ...allow],
    ...observers.flatMap((observer) => observer.rules),
    ...(program.httpRoutes?.rules ?? []),
    ...program.routes.flatMap((policy) => policy.rules),
  ];
  for (const { when, origin } of rules) {
    for (const predicate of pathTests(when)) {
      const why = whyUnseen(predicate, value);
      if (why === undefined) continue;
      diagnostics.warning("path-never-seen", `no request shows \`${predicate.text}\` in its path: ${why}`, {
        span: placeOf(predicate.text, origin.span),
        help: `write the path as it is after that, or choose another \`pathNormalization\` for the bundle: it is \`${value}\``,
      });
    }
  }
}

function whyUnseen({ kind, text }: Named, normalization: PathNormalization): string | undefined {
  const unseen = [
    ...base,
    // A prefix may go on with what makes another segment of it.
    ...(kind === "prefix" ? [] : [resolvedAtTheEnd]),
    ...(normalization === "BASE" ? [] : [merged]),
    ...(normalization === "DECODE_AND_MERGE_SLASHES" ? [decoded] : []),
  ];
  return unseen.find(({ pattern }) => pattern.test(text))?.why;
}

function warnOfEvasion(span: Span, diagnostics: Diagnostics): void {
  diagnostics.warning(
    "can-be-evaded",
    "paths are compared as clients write them: `/x/../admin` and `/%61dmin` get around a DENY rule on `/admin`",
    {
      span,
      help: "write `BASE` or more, or leave the field out; better say which paths may pass, in an ALLOW policy",
    },
  );
}

/** The texts that a condition compares paths with. */
function pathTests(condition: Condition): readonly Named[] {
  return [...leavesOf(condition)].flatMap((leaf) =>
    leaf.op === "test" && leaf.attribute.kind === "path" && "text" in leaf.predicate ? [leaf.predicate] : [],
  );
}

/** Characters; each text is looked for from the beginning, and a rule may have a hundred thousand of them. */
const LONGEST_SEARCHED = 100_000;

/** Where the text is written, as far as it is written as it is. */
function placeOf(text: string, rule: Span): Span {
  if (rule.end - rule.start > LONGEST_SEARCHED) return firstLine(rule);
  const found = rule.file.text.slice(rule.start, rule.end).indexOf(text);
  if (found < 0) return firstLine(rule);
  const start = rule.start + found;
  return { ...rule, start, end: start + text.length };
}
