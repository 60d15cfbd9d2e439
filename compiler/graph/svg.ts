// A picture as an SVG of its own: no scripts, no fonts from elsewhere, legible on light and dark. What policies say is text
// in it, never markup.
import {
  fitted,
  HEAD,
  layOut,
  LINE,
  MARGIN,
  PADDING,
  type Layout,
  type Place,
  type PlacedBox,
  type PlacedEnd,
  type PlacedStage,
  type Point,
} from "./layout.ts";
import type { End, Picture, StageKind } from "./picture.ts";

/** The SVG, with a line break at its end. The same picture gives the same bytes. */
export function renderSvg(picture: Picture): string {
  const layout = layOut(picture);
  const legend = legendOf(picture);
  const width = rounded(layout.width);
  const height = rounded(layout.height + (legend.length > 0 ? 26 : 0));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(`${picture.title}: ${picture.subtitle}`)}">`,
    style(),
    MARKERS,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text class="title" x="${MARGIN}" y="36">${escaped(fitted(picture.title, 80))}</text>`,
    `<text class="dim" x="${MARGIN}" y="56">${escaped(picture.subtitle)}</text>`,
    ...way(layout),
    ...layout.edges.map(edge),
    ...layout.shadows.map(shadow),
    head(layout.listener, { kind: "end", title: "listener", note: picture.listener.join(", ") }),
    ...layout.stages.flatMap(stage),
    head(layout.destination, destinationOf(picture)),
    ...layout.ends.map(end),
    ...legend.map((text, i) => legendEntry(text, i, layout.height)),
    "</svg>",
    "",
  ].join("\n");
}

type Kind = StageKind | "end";

function destinationOf({ ends }: Picture): { kind: "end"; title: string; note: string } {
  return ends.length > 0
    ? { kind: "end", title: "where requests go", note: ends.some(isBackend) ? "backends" : "answers" }
    : { kind: "end", title: "the service", note: "behind the proxy" };
}

function isBackend({ kind }: End): boolean {
  return kind === "backend" || kind === "more";
}

/** The way of a request, from head to head. */
function way({ listener, stages, destination }: Layout): string[] {
  const heads = [listener, ...stages.map((placed) => placed.head), destination];
  return heads.slice(1).map((to, i) => {
    const from = heads[i] ?? listener;
    const y = from.y + HEAD / 2;
    return `<path class="way" d="M${rounded(from.x + from.width)} ${y}H${rounded(to.x - 2)}"/>`;
  });
}

function head(
  { x, y, width, height }: Place,
  { kind, title, note, status }: { kind: Kind; title: string; note: string; status?: number },
): string {
  const badge =
    status === undefined
      ? ""
      : `<g class="badge"><rect x="${x + width - 44}" y="${y + 8}" width="36" height="17" rx="8.5"/><text x="${x + width - 26}" y="${y + 20.5}">${status}</text></g>`;
  return `<g class="head k-${kind}"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/><text class="name" x="${x + PADDING}" y="${y + 18}">${escaped(title)}</text><text class="note" x="${x + PADDING}" y="${y + 33}">${escaped(note)}</text></g>${badge}`;
}

function stage({ stage: { kind, title, note, status }, head: place, groups, boxes }: PlacedStage): string[] {
  return [
    head(place, { kind, title, note, ...(status !== undefined && { status }) }),
    ...groups.map(
      ({ group, x, y }) => `<text class="group" x="${x}" y="${y}">${escaped(fitted(group.title, 36))}</text>`,
    ),
    ...boxes.map((placed) => box(placed, kind)),
  ];
}

function box(
  { box: { title, source, tooltip, mark }, lines, x, y, width, height }: PlacedBox,
  kind: Kind,
): string {
  const place = source === undefined ? "" : fileName(source);
  const room = 33 - place.length * 0.85;
  const texts = lines.map(
    ({ text, further }, i) =>
      `<text class="rule" x="${x + PADDING + (further ? 12 : 0)}" y="${y + PADDING + 26 + i * LINE}">${escaped(text)}</text>`,
  );
  return [
    `<g class="box k-${kind}${mark ? ` ${mark}` : ""}"><title>${escaped(tooltip)}</title>`,
    `<rect class="panel" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
    mark === "more"
      ? ""
      : `<rect class="bar" x="${x}" y="${y + 6}" width="3" height="${height - 12}" rx="1.5"/>`,
    `<text class="name" x="${x + PADDING}" y="${y + 19}">${escaped(fitted(title, room))}</text>`,
    place === "" ? "" : `<text class="source" x="${x + width - 8}" y="${y + 19}">${escaped(place)}</text>`,
    ...texts,
    "</g>",
  ].join("");
}

/** Without its folders, which the tooltip has. */
function fileName(source: string): string {
  const name = source.split("/").at(-1) ?? source;
  return name.length > 24 ? `…${name.slice(-23)}` : name;
}

function end({ end: { kind, title, lines }, x, y, width, height }: PlacedEnd): string {
  const texts = lines.map(
    (text, i) =>
      `<text class="rule" x="${x + PADDING}" y="${y + PADDING + 26 + i * LINE}">${escaped(fitted(text, 29))}</text>`,
  );
  return `<g class="box k-end e-${kind}"><title>${escaped([title, ...lines].join("\n"))}</title><rect class="panel" x="${x}" y="${rounded(y)}" width="${width}" height="${height}" rx="6"/><text class="name" x="${x + PADDING}" y="${rounded(y + 19)}">${escaped(fitted(title, 28))}</text>${texts.join("")}</g>`;
}

function edge({ edge: { kind, label, faint }, from, to }: Layout["edges"][number]): string {
  const text =
    label === undefined
      ? ""
      : `<text class="share" x="${rounded(from.x + 8)}" y="${rounded(from.y - 5)}">${escaped(fitted(label, 22))}</text>`;
  return `<path class="road ${kind}${faint ? " faint" : ""}" d="${curve(from, { x: to.x - 2, y: to.y }, (to.x - from.x) / 2)}"/>${text}`;
}

function shadow({ from, to, within }: Layout["shadows"][number]): string {
  const path = within
    ? `M${at(from)}C${at({ x: from.x - 34, y: from.y })} ${at({ x: to.x - 34, y: to.y })} ${at({ x: to.x - 2, y: to.y })}`
    : curve(from, { x: to.x - 2, y: to.y }, 26);
  return `<path class="shadow" d="${path}"/>`;
}

function curve(from: Point, to: Point, bend: number): string {
  return `M${at(from)}C${at({ x: from.x + bend, y: from.y })} ${at({ x: to.x - bend, y: to.y })} ${at(to)}`;
}

function at({ x, y }: Point): string {
  return `${rounded(x)} ${rounded(y)}`;
}

type LegendText = readonly [kind: string, text: string];

/** What lines mean, of those that there are. */
function legendOf({ shadows, edges }: Picture): LegendText[] {
  return [
    ...(shadows.length > 0 ? [["shadow", "takes all requests of the other"] as const] : []),
    ...(edges.some(({ kind }) => kind === "mirror") ? [["road mirror", "gets copies"] as const] : []),
  ];
}

function legendEntry([kind, text]: LegendText, i: number, y: number): string {
  const x = MARGIN + i * 270;
  return `<path class="${kind}" d="M${x} ${y}H${x + 36}"/><text class="dim" x="${x + 46}" y="${y + 4}">${text}</text>`;
}

const marker = (id: string): string =>
  `<marker id="tollgate-${id}" class="m-${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z"/></marker>`;
const MARKERS = `<defs>${["way", "road", "shadow"].map(marker).join("")}</defs>`;

/** Told apart by those who see red and green alike, too: where a stage stands says what it is. */
const themes = {
  light: {
    ground: "#fff",
    panel: "#fff",
    border: "#d0d7de",
    text: "#24292f",
    dim: "#57606a",
    shadow: "#b45309",
    cors: "#0f766e",
    limits: "#9a6700",
    authentication: "#1d4ed8",
    deny: "#b91c1c",
    allow: "#15803d",
    routes: "#6d28d9",
    end: "#57606a",
  },
  dark: {
    ground: "#0d1117",
    panel: "#161b22",
    border: "#30363d",
    text: "#e6edf3",
    dim: "#9198a1",
    shadow: "#fbbf24",
    cors: "#2dd4bf",
    limits: "#e3b341",
    authentication: "#79b8ff",
    deny: "#ff7b72",
    allow: "#56d364",
    routes: "#bc8cff",
    end: "#9198a1",
  },
} as const;

const kinds = ["cors", "limits", "authentication", "deny", "allow", "routes", "end"] as const;

// No variables: not all who show an SVG know them.
function style(): string {
  return [
    "<style>",
    "text{font-family:system-ui,sans-serif;font-size:12px}.title{font-size:17px}.title,.name,.share,.badge text{font-weight:600}",
    ".rule{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:11px}",
    ".group,.note,.source,.share,.badge text{font-size:10.5px}.source{text-anchor:end}.badge text{text-anchor:middle}",
    ".head rect{fill-opacity:.1;stroke-width:1.5}.badge rect{fill-opacity:.14}",
    ".way,.road,.shadow{fill:none;stroke-width:1.5}.way{marker-end:url(#tollgate-way)}",
    ".road{marker-end:url(#tollgate-road)}.mirror{stroke-dasharray:2 3}.faint{opacity:.3}",
    ".shadow{stroke-dasharray:5 3;marker-end:url(#tollgate-shadow)}",
    ".never .panel,.counted .panel,.more .panel{stroke-dasharray:4 3}.never .name,.never .rule,.more .name{opacity:.75}",
    ".share{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}.e-redirect .panel,.e-more .panel{stroke-dasharray:4 3}",
    colours("light"),
    `@media(prefers-color-scheme:dark){${colours("dark")}}`,
    "</style>",
  ].join("\n");
}

function colours(theme: keyof typeof themes): string {
  const colour = themes[theme];
  const own = kinds.map((kind) => {
    const value = colour[kind];
    return `.k-${kind} .bar,.head.k-${kind} rect,.head.k-${kind} .name{fill:${value}}.head.k-${kind} rect{stroke:${value}}`;
  });
  return [
    `.ground{fill:${colour.ground}}.panel{fill:${colour.panel};stroke:${colour.border}}text{fill:${colour.text}}`,
    `.dim,.group,.note,.source{fill:${colour.dim}}.share{stroke:${colour.ground};fill:${colour.routes}}`,
    `.badge rect,.badge text,.e-fault .name{fill:${colour.deny}}`,
    `.way{stroke:${colour.dim}}.m-way{fill:${colour.dim}}.road{stroke:${colour.routes}}.m-road{fill:${colour.routes}}`,
    `.shadow{stroke:${colour.shadow}}.m-shadow{fill:${colour.shadow}}.never .panel{stroke:${colour.shadow}}`,
    ...own,
  ].join("");
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/** As XML has it: what it cannot hold at all is replaced. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
