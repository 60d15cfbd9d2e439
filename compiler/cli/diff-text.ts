// The comparison for people.
import { printable } from "../diagnostics/printable.ts";
import type { Change, ChangeKind, Decider, Sides, Step, Witness } from "../diff/change.ts";
import { changeKinds } from "../diff/change.ts";
import type { BundleDiff, WorkloadDiff } from "../diff/diff.ts";
import type { Verdict } from "../diff/workload.ts";
import { decisionWord, type Outcome } from "../engines/index.ts";
import { requestLine, unicode } from "../requests/index.ts";
import { positionOf } from "../source/span.ts";
import { count, type Channel } from "./terminal.ts";

/** Of one kind no more are shown. */
const MOST_SHOWN = 5;

export function showDiff({ verdict, workloads }: BundleDiff, names: Sides<string>, to: Channel): void {
  for (const workload of workloads) {
    showWorkload(workload, names, to);
    to.line();
  }
  const differing = workloads.filter((workload) => workload.verdict === "differs");
  const changes = differing.reduce((sum, workload) => sum + workload.changes.length, 0);
  const of = differing.flatMap(({ workload }) => (workload === undefined ? [] : [workload]));
  const where = of.length > 0 ? ` in ${of.join(", ")}` : "";
  const said: Record<Verdict, string> = {
    equal: "no request is decided differently",
    differs: changes > 0 ? `${count(changes, "change")}${where}` : `not the same workloads: ${of.join(", ")}`,
    undecided: "whether a request is decided differently is not known",
  };
  to.paragraph(said[verdict], `${painted(verdict, to)}: `);
}

function painted(verdict: Verdict, { palette }: Channel): string {
  return { equal: palette.good, differs: palette.error, undecided: palette.warning }[verdict](verdict);
}

function showWorkload(diff: WorkloadDiff, names: Sides<string>, to: Channel): void {
  const { palette } = to;
  if (diff.workload !== undefined)
    to.line(`${palette.bold(`workload ${printable(diff.workload)}`)}  ${painted(diff.verdict, to)}`);
  if (diff.only) to.paragraph(`only ${printable(names[diff.only])} has it`, "  ");
  for (const kind of changeKinds) showKind(kind, diff.changes, to);
  if (diff.undecided.length > 0) {
    to.line(palette.warning(diff.verdict === "undecided" ? "not decided" : "may differ besides"));
    for (const reason of diff.undecided) to.paragraph(printable(reason), "  ");
  }
  showGrounds(diff, to);
}

function showKind(kind: ChangeKind, changes: readonly Change[], to: Channel): void {
  const { palette } = to;
  const all = changes.filter((change) => change.kind === kind);
  if (all.length === 0) return;
  to.line(palette.bold(kind.replace("-", " ")) + (all.length > 1 ? palette.dim(`  ${all.length}`) : ""));
  for (const [i, change] of all.slice(0, MOST_SHOWN).entries()) {
    if (i > 0) to.line();
    showChange(change, to);
  }
  if (all.length > MOST_SHOWN)
    to.line(palette.dim(`  … and ${all.length - MOST_SHOWN} more; \`--format json\` has them all`));
  to.line();
}

function showChange({ details, deciders, witness }: Change, to: Channel): void {
  const { palette } = to;
  for (const detail of details) to.paragraph(printable(detail), "  ");
  for (const step of witness?.steps ?? []) to.paragraph(stepWords(step), `  ${palette.note(">")} `);
  const rows = (["old", "new"] as const).map((side) => [
    palette.dim(side),
    ...(witness ? [outcomeWords(witness.outcomes[side])] : []),
    ...deciderWords(deciders[side]),
  ]);
  if (rows.some((row) => row.length > 1)) to.table(rows, { indent: "    " });
  if (!witness)
    to.paragraph(
      "seen in the policies themselves: no short row of requests shows it",
      `    ${palette.dim("=")} `,
    );
  else if (witness.confirmedBy === "interpreter")
    to.paragraph(
      "decided by the reference interpreter: the filters cannot be run here",
      `    ${palette.dim("=")} `,
    );
}

function stepWords({ request, times, after, response = [] }: Step): string {
  const later = after > 0n ? `after ${Number(after / 1_000_000n) / 1000} s: ` : "";
  const often = times > 1 ? `  (${times} times, of which this is the last)` : "";
  const told = response.filter(([name]) => name !== ":status");
  const answered = told.map(([name, value]) => printable(`${name}: ${unicode(value)}`)).join("  ");
  return `${later}${requestLine(request)}${often}${answered === "" ? "" : `  answered with  ${answered}`}`;
}

function outcomeWords(outcome: Outcome): string {
  const word = decisionWord(outcome);
  if (outcome.kind === "forward")
    return outcome.cluster === undefined ? word : printable(`${word}, to ${unicode(outcome.cluster)}`);
  const location = outcome.headers.find(([name]) => name === "location")?.[1];
  const wait = outcome.headers.find(([name]) => name === "retry-after")?.[1];
  return printable(
    [
      `${word} ${outcome.status}`,
      ...(location === undefined ? [] : [`to ${unicode(location)}`]),
      ...(wait === undefined ? [] : [`for ${wait} s`]),
      ...(outcome.body === "" ? [] : [JSON.stringify(unicode(outcome.body))]),
    ].join(" "),
  );
}

function deciderWords(decider: Decider | undefined): string[] {
  if (!decider) return [];
  if ("none" in decider) return [decider.none];
  const { policy, part, span } = decider;
  const { line } = positionOf(span.file, span.start);
  return [printable(`${policy} ${part}`), printable(`${span.file.shown}:${line}`)];
}

/** What the answer rests on. */
function showGrounds(
  { verdict, only, changes, attributes, assumptions, notes }: WorkloadDiff,
  to: Channel,
): void {
  if (only) return;
  const { palette } = to;
  const confirmed = changes.filter(({ witness }): boolean => isByFilters(witness)).length;
  const rows = [
    ...(verdict === "equal"
      ? [["proven", attributes.length > 0 ? `for every ${attributes.join(", ")}` : "the rules say the same"]]
      : confirmed > 0
        ? [
            [
              "confirmed",
              `${confirmed} of ${count(changes.length, "change")} by running both compiled filters`,
            ],
          ]
        : []),
    ...assumptions.map((text, i) => [i === 0 ? "assumed" : "", printable(text)]),
    ...notes.map((text, i) => [i === 0 ? "besides" : "", printable(text)]),
  ];
  to.table(rows.map(([head = "", text = ""]) => [palette.dim(head), text]));
}

function isByFilters(witness: Witness | undefined): boolean {
  return witness?.confirmedBy === "filters";
}
