// What a replay found, for people and for machines.
import { printable } from "../../diagnostics/printable.ts";
import { decisionWords } from "../../engines/index.ts";
import { placeOf, placeToJson } from "../../explain/index.ts";
import type { Request } from "../../ir/interpret.ts";
import type { Change, Comparison, Example, Group, Sides } from "../../replay/comparison.ts";
import type { Decider } from "../../replay/deciders.ts";
import { descriptionOf, requestLine } from "../../requests/index.ts";
import { count, out } from "../terminal.ts";

export interface Report {
  readonly comparison: Comparison;
  readonly names: Sides<string>;
  /** The headers that policies look at: of examples, people are shown no others. */
  readonly headers: ReadonlySet<string>;
  /** What the log does not have of what policies look at. */
  readonly absent: readonly string[];
  /** Sentences without a full stop. */
  readonly assumed: readonly string[];
  /** Why not all of the log was read. */
  readonly partial: string | undefined;
  /** `entry` of a HAR file. */
  readonly unit: "line" | "entry";
}

/** In the order in which they are shown. */
const changes: readonly Change[] = [
  ...(["now allowed", "now denied", "now limited", "answered otherwise"] as const),
  ...(["routed elsewhere", "changed otherwise"] as const),
];

/** Groups that a person reads; the rest is counted. */
const MOST_GROUPS = 20;

export function showReport(report: Report): void {
  const { comparison, absent, assumed, partial, unit } = report;
  const { palette } = out;
  const { requests, differences, byOtherRules, unreadable, ungrouped, groups } = comparison;
  if (partial !== undefined)
    out.paragraph(`${palette.warning("partial")}: ${partial}; this is what was found until then\n`);
  const verdict =
    differences === 0
      ? palette.good("none is decided differently")
      : palette.bold(`${number(differences)} decided differently`) + share(differences, requests);
  out.line(`${number(requests)} ${requests === 1 ? "request" : "requests"}: ${verdict}`);
  showTotals(comparison);
  const ordered = [...groups].sort(
    (a, b) => changes.indexOf(a.change) - changes.indexOf(b.change) || b.count - a.count,
  );
  for (const group of ordered.slice(0, MOST_GROUPS)) showGroup(group, report);
  const hidden = ordered.slice(MOST_GROUPS);
  const rest = hidden.reduce((sum, group) => sum + group.count, ungrouped);
  if (rest > 0) {
    out.line();
    out.line(palette.dim(`… and ${number(rest)} in further groups: \`--format json\` has them`));
  }
  if (byOtherRules > 0) {
    out.line();
    out.paragraph(`${number(byOtherRules)} are answered alike, by another rule: not counted as different`);
  }
  if (unreadable > 0) {
    out.line();
    out.line(
      palette.warning(`${number(unreadable)} ${unreadable === 1 ? unit : plural(unit)} could not be read`),
    );
    for (const { line, why } of comparison.unreadableExamples)
      out.paragraph(printable(why), `  ${unit} ${line}: `);
  }
  if (absent.length + assumed.length > 0) out.line();
  if (absent.length > 0)
    out.paragraph(
      `the log never has ${printable(absent.join("; "))}: what policies ask of that was decided without it`,
      `${palette.note("note")}: `,
    );
  for (const text of assumed) out.paragraph(printable(text), `${palette.note("note")}: `);
}

function showTotals({ totals }: Comparison): void {
  const rows = decisionWords
    .filter((word) => totals.old[word] + totals.new[word] > 0)
    .map((word) => {
      const change = totals.new[word] - totals.old[word];
      const changed = change === 0 ? "" : `${change > 0 ? "+" : "−"}${number(Math.abs(change))}`;
      return [word, number(totals.old[word]), number(totals.new[word]), changed];
    });
  if (rows.length === 0) return;
  out.line();
  out.table([["", "old", "new", ""], ...rows], { indent: "  ", right: [1, 2, 3] });
}

function showGroup(
  { change, count: n, deciders, decisions, examples }: Group,
  { unit, headers }: Report,
): void {
  const { palette } = out;
  out.line();
  out.line(`${palette.bold(change)}  ${number(n)}`);
  out.table(
    (["old", "new"] as const).map((side) => [
      palette.dim(side),
      decisions[side],
      printable(deciders[side].words),
      palette.dim(placeWords(deciders[side])),
    ]),
    { indent: "  " },
  );
  for (const { line, request } of examples)
    out.paragraph(requestLine(shortened(request, headers)), `    ${palette.dim(`${unit} ${line}`)}  `);
}

/** Without headers that nobody looks at, and without the client's address where it only repeats the peer's. */
function shortened({ client, ...request }: Request, looked: ReadonlySet<string>): Request {
  return {
    ...request,
    headers: request.headers.filter(([name]) => name.startsWith(":") || looked.has(name)),
    ...(client !== undefined && client !== request.peer && { client }),
  };
}

function placeWords({ origin }: Decider): string {
  return origin ? placeOf(origin) : "";
}

export function reportToJson({ comparison, names, absent, assumed, partial }: Report): object {
  const { requests, differences, byOtherRules, unreadable, unreadableExamples, totals, groups, ungrouped } =
    comparison;
  return {
    verdict: partial !== undefined ? "partial" : differences > 0 ? "differs" : "equal",
    ...(partial !== undefined && { partial }),
    versions: names,
    requests,
    differences,
    totals,
    groups: groups.map(({ change, count: n, decisions, deciders, examples }) => ({
      change,
      count: n,
      old: sideToJson(decisions.old, deciders.old),
      new: sideToJson(decisions.new, deciders.new),
      examples: examples.map(exampleToJson),
    })),
    ...(ungrouped > 0 && { inFurtherGroups: ungrouped }),
    sameAnswerByAnotherRule: byOtherRules,
    unreadable: { count: unreadable, examples: unreadableExamples },
    absent,
    assumed,
  };
}

function sideToJson(decision: string, { words, origin }: Decider): object {
  return {
    decision,
    decidedBy: words,
    ...(origin && { policy: origin.policy, part: origin.part, place: placeToJson(origin.span) }),
  };
}

function exampleToJson({ line, request }: Example): object {
  return { line, request: descriptionOf(request) };
}

function number(n: number): string {
  return n.toLocaleString("en-US");
}

function share(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  return ` (${percent < 0.1 ? "less than 0.1" : percent.toFixed(1)} %)`;
}

function plural(unit: "line" | "entry"): string {
  return unit === "line" ? "lines" : "entries";
}

/** What a replay is doing, for progress. */
export function progressWords(
  comparison: Comparison,
  bytes: number,
  size: number | undefined,
  seconds: number,
): string {
  const done =
    size === undefined || size === 0 ? "" : `${Math.min(100, Math.floor((100 * bytes) / size))} %, `;
  const rate =
    seconds > 0 ? `, ${number(Math.round((comparison.requests + comparison.unreadable) / seconds))}/s` : "";
  return `${done}${count(comparison.requests, "request")}${rate}, ${number(comparison.differences)} different`;
}
