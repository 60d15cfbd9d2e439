// The figures of one run in docs/guide/cost.md, and the chart beside it.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { grouped, medianAndQuartiles } from "../report/format.ts";
import type { Summary } from "../report/statistics.ts";
import { renderChart, type Chart } from "./chart.ts";
import { ruleCounts } from "./prefixes.ts";
import { variantName, ways } from "./rules.ts";

const page = fileURLToPath(new URL("../../docs/guide/cost.md", import.meta.url));
const picture = fileURLToPath(new URL("../../docs/guide/cost.svg", import.meta.url));

const BEGIN = "<!-- figures: npm run bench -- authz --docs -->";
const END = "<!-- end of figures -->";

/** What one run found of `rulesSuite`. */
export interface Found {
  readonly added: ReadonlyMap<string, Summary>;
  readonly rounds: number;
  /** In a slice. */
  readonly requests: number;
}

/** Writes what a run found; the page's other words stay. */
export async function writeCostPage({ added, rounds, requests }: Found, machine: string): Promise<void> {
  await writeFile(picture, renderChart(costChart(added, machine)));
  const text = withFigures(
    await readFile(page, "utf8"),
    figures(added, `${machine}; ${rounds} rounds of ${grouped(requests)} requests`),
  );
  await writeFile(page, await format(text, { ...(await resolveConfig(page)), parser: "markdown" }));
}

/** The text between the markers replaced. Throws where they are not there. */
export function withFigures(text: string, figures: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`there is no \`${BEGIN}\` … \`${END}\``);
  return `${text.slice(0, begin)}${BEGIN}\n\n${figures.trim()}\n\n${text.slice(end)}`;
}

/** What a run added over no filter, by the number of rules. */
export function costChart(added: ReadonlyMap<string, Summary>, machine: string): Chart {
  return {
    title: "What authorization adds to a request in Envoy",
    subtitle: machine,
    xLabel: "rules",
    yLabel: "added CPU time per request, µs",
    yFrom: 0.1,
    series: ways.map(({ name }) => ({
      name,
      points: ruleCounts.map((count) => [count, summaryOf(added, variantName(name, count)).median] as const),
    })),
  };
}

function summaryOf(added: ReadonlyMap<string, Summary>, name: string): Summary {
  const summary = added.get(name);
  if (!summary) throw new Error(`\`${name}\` was not measured`);
  return summary;
}

function figures(added: ReadonlyMap<string, Summary>, conditions: string): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    "![CPU time that a request costs beyond none, by the number of rules, of our filter and of Envoy's RBAC](cost.svg)",
    "",
    `CPU µs that a request costs beyond one without a filter, median [quartiles]. ${conditions}.`,
    "",
    row(["rules", ...ways.map(({ name }) => name)]),
    row(["---", ...ways.map(() => "---")]),
    ...ruleCounts.map((count) =>
      row([
        grouped(count),
        ...ways.map(({ name }) => medianAndQuartiles(summaryOf(added, variantName(name, count)), 2)),
      ]),
    ),
  ].join("\n");
}
