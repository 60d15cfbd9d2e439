// Rows with their cells one below the other, as wide as the terminal at most.
import { columnsOf, wrapped } from "../../diagnostics/wrap.ts";

export interface TableOptions {
  /** Columns of the terminal; what is wider is broken into several lines. Default: no bound. */
  readonly width?: number;
  /** Which cells are numbers, to stand at the right. */
  readonly right?: readonly number[];
  /** In front of each line. */
  readonly indent?: string;
}

/** The lines of a table. Cells may be coloured. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const { width = Infinity, right = [], indent = "" } = options;
  const widths = fitted(naturalWidths(rows), width - columnsOf(indent));
  return rows.flatMap((row) => {
    const cells = row.map((cell, i) => linesOf(cell, widths[i] ?? 0));
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, at) => {
      const line = cells.map((lines, i) => padded(lines[at] ?? "", widths[i] ?? 0, right.includes(i)));
      return `${indent}${line.join(GAP)}`.trimEnd();
    });
  });
}

const GAP = "  ";
/** A column is made no narrower than this. */
const NARROWEST = 12;

function naturalWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, columnsOf(cell));
    });
  }
  return widths;
}

/** The widest columns give way until all fit. */
function fitted(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const gaps = GAP.length * (widths.length - 1);
  for (let over = widths.reduce((a, b) => a + b, gaps) - width; over > 0; over--) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.lastIndexOf(widest)] = widest - 1;
  }
  return widths;
}

/** What is indented stays so. A cell that fits is left as it is, white space and all. */
function linesOf(cell: string, width: number): string[] {
  if (columnsOf(cell) <= width) return [cell];
  const indent = /^ */.exec(cell)?.[0] ?? "";
  return wrapped(cell.slice(indent.length), width - indent.length).map((line) => indent + line);
}

function padded(text: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - columnsOf(text)));
  return right ? space + text : text + space;
}
