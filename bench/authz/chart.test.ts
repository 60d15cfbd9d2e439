// The chart shows the figures where they belong, and its page takes them in.
import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { summarize } from "../report/statistics.ts";
import { renderChart, type Chart } from "./chart.ts";
import { costChart, withFigures } from "./cost-page.ts";
import { ruleCounts } from "./prefixes.ts";
import { variantName, ways } from "./rules.ts";

const chart: Chart = {
  title: "costs & prices",
  subtitle: "a machine",
  xLabel: "rules",
  yLabel: "µs",
  yFrom: 0.1,
  series: [
    {
      name: "ours",
      points: [
        [10, 1],
        [100, 1],
        [1_000, 10],
      ],
    },
    {
      name: "<theirs>",
      points: [
        [10, 100],
        [100, -2],
        [1_000, 10],
      ],
    },
  ],
};

/** The places that a series' line goes through. */
function lineOf(svg: string, i: number): number[][] {
  const path = new RegExp(`<g class="s s${i}"><path d="M([^"]*)"`).exec(svg)?.[1] ?? "";
  return path.split("L").map((place) => place.split(" ").map(Number));
}

test("both axes are logarithmic", () => {
  const svg = renderChart(chart);
  const [[x0 = NaN, y0], [x1 = NaN, y1], [x2 = NaN, y2 = NaN]] = lineOf(svg, 0) as [
    number[],
    number[],
    number[],
  ];
  expect(x1 - x0).toBeCloseTo(x2 - x1, 0);
  expect(y1).toBe(y0);
  const decade = (y0 ?? NaN) - y2;
  expect(decade).toBeGreaterThan(0);
  // From 10 to 100 as far as from 1 to 10.
  expect(lineOf(svg, 1)[0]?.[1]).toBeCloseTo(y2 - decade, 0);
});

test("what lies below the axis is drawn on it, hollow", () => {
  const svg = renderChart(chart);
  const [, [, below] = []] = lineOf(svg, 1);
  expect(svg.match(/class="below"/g)).toHaveLength(1);
  expect(svg).toContain(`cy="${below}" r="4"`);
  const least = /y="(\d+)" text-anchor="end">0\.1</.exec(svg)?.[1];
  expect(Number(least) - 4).toBe(below);
});

test("names do not lie on each other, and texts are texts", () => {
  const svg = renderChart(chart);
  const places = [...svg.matchAll(/class="name s\d" x="\d+" y="([\d.]+)"/g)].map(([, y]) => Number(y));
  expect(places).toHaveLength(2);
  expect(Math.abs((places[0] ?? NaN) - (places[1] ?? NaN))).toBeGreaterThanOrEqual(16);
  expect(svg).toContain(">costs &amp; prices<");
  expect(svg).toContain(">&lt;theirs><");
  expect(svg).toContain("prefers-color-scheme:dark");
  const opened = svg.match(/<(?!\/)(\w+)[^>]*(?<!\/)>/g) ?? [];
  const closed = svg.match(/<\/\w+>/g) ?? [];
  expect(opened).toHaveLength(closed.length);
});

test("one run's figures: a line for each way of writing the rules", () => {
  const added = new Map(
    ways.flatMap(({ name }, i) =>
      ruleCounts.map((count) => [variantName(name, count), summarize([i + 1, i + 1, count])] as const),
    ),
  );
  const { series } = costChart(added, "a machine");
  expect(series.map(({ name, points }) => [name, points])).toEqual(
    ways.map(({ name }, i) => [name, ruleCounts.map((count) => [count, i + 1])]),
  );
  added.delete(variantName("ours", 100));
  expect(() => costChart(added, "a machine")).toThrow("`ours: 100` was not measured");
});

test("figures go between the markers, and once more over those of the run before", async () => {
  const page = await readFile(new URL("../../docs/guide/cost.md", import.meta.url), "utf8");
  const once = withFigures(page, "\n| 1 |\n");
  expect(once).toContain("\n\n| 1 |\n\n<!-- end of figures -->\n");
  const twice = withFigures(once, "| 2 |");
  expect(twice).toBe(once.replace("| 1 |", "| 2 |"));
  expect(() => withFigures("# Costs", "| 1 |")).toThrow("there is no");
});
