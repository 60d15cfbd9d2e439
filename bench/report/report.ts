// What a part of the benchmark has found: a table for people, raw figures for machines, and whether its goals are met.
import { none } from "./format.ts";

export interface Report {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Lines under the table. */
  readonly notes: readonly string[];
  /** Whatever the figures were computed from, for the JSON file. */
  readonly raw: unknown;
}

export interface Row {
  /** One for each column. */
  readonly cells: readonly string[];
  readonly goal?: Goal;
}

export interface Goal {
  /** `≤ 3 s`. */
  readonly text: string;
  /** Undefined: this run was too short to tell. */
  readonly met: boolean | undefined;
}

export function goalsMissed(report: Report): number {
  return report.rows.filter((row) => row.goal?.met === false).length;
}

/** As Markdown, so that it can be pasted where it is wanted. */
export function renderReport({ title, columns, rows, notes }: Report): string {
  const withGoals = rows.some((row) => row.goal);
  const header = withGoals ? [...columns, "goal", "verdict"] : columns;
  const body = rows.map(({ cells, goal }) =>
    withGoals ? [...cells, goal?.text ?? none, verdict(goal)] : cells,
  );
  const widths = header.map((name, i) => Math.max(...[name, ...body.map((row) => row[i] ?? "")].map(length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell + " ".repeat((widths[i] ?? 0) - length(cell))).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [
    `## ${title}`,
    "",
    line(header),
    rule,
    ...body.map(line),
    "",
    ...notes.map((note) => `${note}\n`),
  ].join("\n");
}

function verdict(goal: Goal | undefined): string {
  if (goal === undefined) return none;
  return goal.met === undefined ? "run too short" : goal.met ? "met" : "MISSED";
}

/** In a terminal's columns: all that is written here is one wide. */
function length(text: string): number {
  return text.length;
}
