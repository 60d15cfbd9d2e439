// What a part of the benchmark has found: a table for people, raw figures for machines, and whether its goals are met.
import { none } from "./format.ts";

export interface Report {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** What belongs into the table and could not be had. */
  readonly leftOut?: readonly LeftOut[];
  /** Lines under the table. */
  readonly notes: readonly string[];
  /** Whatever the figures were computed from, for the JSON file. */
  readonly raw: unknown;
}

export interface Row {
  /** One for each column. */
  readonly cells: readonly string[];
  readonly goals?: readonly Goal[];
}

export interface Goal {
  /** `≤ 3 s`. */
  readonly text: string;
  /** Undefined: it cannot be told. */
  readonly met: boolean | undefined;
  /** Why it cannot be told, in a few words. Default: `run too short`. */
  readonly undecided?: string;
}

export interface LeftOut {
  readonly name: string;
  /** Why, in a few words. */
  readonly reason: string;
}

export function goalsMissed({ rows }: Report): number {
  return rows.flatMap(({ goals = [] }) => goals).filter((goal) => goal.met === false).length;
}

/** As Markdown, so that it can be pasted where it is wanted. */
export function renderReport({ title, columns, rows, leftOut = [], notes }: Report): string {
  const withGoals = rows.some((row) => row.goals);
  const header = withGoals ? [...columns, "goal", "verdict"] : columns;
  const body = rows.map(({ cells, goals = [] }) => (withGoals ? [...cells, ...goalCells(goals)] : cells));
  const widths = header.map((name, i) => Math.max(...[name, ...body.map((row) => row[i] ?? "")].map(length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell + " ".repeat((widths[i] ?? 0) - length(cell))).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const absent = leftOut.map(({ name, reason }) => `Left out: \`${name}\`: ${reason}.`);
  return [
    `## ${title}`,
    "",
    line(header),
    rule,
    ...body.map(line),
    "",
    ...[...absent, ...notes].map((note) => `${note}\n`),
  ].join("\n");
}

function goalCells(goals: readonly Goal[]): [string, string] {
  if (goals.length === 0) return [none, none];
  const verdicts = goals.map(verdict);
  const same = verdicts.every((one) => one === verdicts[0]);
  return [goals.map(({ text }) => text).join(", "), (same ? verdicts.slice(0, 1) : verdicts).join(", ")];
}

function verdict({ met, undecided }: Goal): string {
  if (met === undefined) return undecided ?? "run too short";
  return met ? "met" : "MISSED";
}

/** In a terminal's columns: all that is written here is one wide. */
function length(text: string): number {
  return text.length;
}
