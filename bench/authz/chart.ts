// The chart of cost against the number of rules, as an SVG of its own: both axes logarithmic, legible on light and dark.

export interface Series {
  readonly name: string;
  /** Above 0 on x. On y, what lies below the axis is drawn on it, hollow. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  /** Under the title: what is measured and where. */
  readonly subtitle: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** The least that y shows: what is less is noise. A power of ten. */
  readonly yFrom: number;
  /** At most four, each with at least one point; the first one is drawn stronger. */
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 440;
const plot = { left: 80, right: 576, top: 76, bottom: 384 } as const;
/** Between two names at the right, at least. */
const NAME_HEIGHT = 16;

/** Told apart by those who see red and green alike, too. */
const themes = {
  light: { ground: "#fff", text: "#333", grid: "#ddd", series: ["#0072b2", "#d55e00", "#8c6d00", "#007a5a"] },
  dark: {
    ground: "#0d1117",
    text: "#c9d1d9",
    grid: "#30363d",
    series: ["#56b4e9", "#ff8a50", "#f0c23b", "#3ecf9f"],
  },
} as const;

export function renderChart(chart: Chart): string {
  const { title, subtitle, xLabel, yLabel, series, yFrom } = chart;
  const points = series.flatMap((one) => one.points);
  const xs = decades(Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x)));
  const ys = decades(yFrom, Math.max(yFrom * 10, ...points.map(([, y]) => y)));
  const x = scale(xs, plot.left, plot.right);
  const y = scale(ys, plot.bottom, plot.top);
  const centre = (plot.left + plot.right) / 2;
  const middle = (plot.top + plot.bottom) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    style(series.length),
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${plot.left}" y="30">${escaped(title)}</text>`,
    `<text x="${plot.left}" y="52">${escaped(subtitle)}</text>`,
    ...xs.map((at) => vertical(x(at), label(at))),
    ...ys.map((at) => horizontal(y(at), label(at))),
    `<text x="${centre}" y="${plot.bottom + 42}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text transform="translate(18 ${middle}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
    ...series.map((one, i) => line(one, i, x, y, yFrom)),
    ...names(series, (value) => y(Math.max(value, yFrom))),
    "</svg>",
    "",
  ].join("\n");
}

/** The powers of ten from the last one at or below `least` to the first one at or above `most`. */
function decades(least: number, most: number): number[] {
  // Logarithms of powers of ten are off by a hair.
  const from = Math.floor(Math.log10(least) + 1e-9);
  const to = Math.max(from + 1, Math.ceil(Math.log10(most) - 1e-9));
  return Array.from({ length: to - from + 1 }, (_, i) => Number(`1e${from + i}`));
}

function scale(ticks: readonly number[], start: number, end: number): (value: number) => number {
  const from = Math.log10(ticks[0] ?? 1);
  const to = Math.log10(ticks.at(-1) ?? 10);
  return (value) => rounded(start + ((Math.log10(value) - from) / (to - from)) * (end - start));
}

function vertical(x: number, text: string): string {
  return `<path class="grid" d="M${x} ${plot.top}V${plot.bottom}"/><text x="${x}" y="${plot.bottom + 20}" text-anchor="middle">${text}</text>`;
}

function horizontal(y: number, text: string): string {
  return `<path class="grid" d="M${plot.left} ${y}H${plot.right}"/><text x="${plot.left - 8}" y="${y + 4}" text-anchor="end">${text}</text>`;
}

function line(
  { points }: Series,
  i: number,
  x: (value: number) => number,
  y: (value: number) => number,
  yFrom: number,
): string {
  const places = points.map(([px, py]) => ({ x: x(px), y: y(Math.max(py, yFrom)), below: py < yFrom }));
  const path = places.map((place) => `${place.x} ${place.y}`).join("L");
  const dots = places.map(
    (place) => `<circle${place.below ? ' class="below"' : ""} cx="${place.x}" cy="${place.y}" r="4"/>`,
  );
  return `<g class="s s${i}"><path d="M${path}"/>${dots.join("")}</g>`;
}

/** Each at the end of its line, moved where two would lie on each other. */
function names(series: readonly Series[], y: (value: number) => number): string[] {
  const placed = series
    .map(({ name, points }, i) => ({ name, i, at: y(points.at(-1)?.[1] ?? 0) }))
    .sort((a, b) => a.at - b.at);
  let from = plot.top;
  for (const one of placed) {
    one.at = Math.max(one.at, from);
    from = one.at + NAME_HEIGHT;
  }
  return placed.map(
    ({ name, i, at }) =>
      `<text class="name s${i}" x="${plot.right + 12}" y="${rounded(at + 4)}">${escaped(name)}</text>`,
  );
}

// No variables: not all who show an SVG know them.
function style(count: number): string {
  return [
    "<style>",
    "text{font:13px system-ui,sans-serif}.title{font-size:17px;font-weight:600}.name{font-weight:600}",
    "g path{fill:none;stroke-width:2}.s0 path{stroke-width:3.5}circle{stroke-width:2}",
    colours("light", count),
    `@media(prefers-color-scheme:dark){${colours("dark", count)}}`,
    "</style>",
  ].join("\n");
}

function colours(theme: keyof typeof themes, count: number): string {
  const { ground, text, grid, series } = themes[theme];
  const own = series.slice(0, count).map((colour, i) => {
    return `.s${i} path,.s${i} circle{stroke:${colour}}.s${i} circle,.name.s${i}{fill:${colour}}`;
  });
  return `.ground,.s circle.below{fill:${ground}}text{fill:${text}}.grid{stroke:${grid}}${own.join("")}`;
}

function label(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 6 });
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
