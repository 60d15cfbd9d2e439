// Where everything in a picture stands: a column for each stage, from left to right, and one for where requests go. Sizes
// are in the units of the picture, which are pixels where it is not scaled.
import { columnsOf, wrapped } from "../diagnostics/wrap.ts";
import type { Box, Edge, End, Group, Picture, Shadow, Stage } from "./picture.ts";

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedBox extends Place {
  readonly box: Box;
  /** Fitted into the box; `further`: goes on with the line above. */
  readonly lines: readonly { readonly text: string; readonly further: boolean }[];
}

export interface PlacedStage {
  readonly stage: Stage;
  readonly head: Place;
  readonly groups: readonly { readonly group: Group; readonly x: number; readonly y: number }[];
  readonly boxes: readonly PlacedBox[];
}

export interface PlacedEnd extends Place {
  readonly end: End;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly listener: Place;
  readonly stages: readonly PlacedStage[];
  /** The head of the last column. */
  readonly destination: Place;
  readonly ends: readonly PlacedEnd[];
  readonly edges: readonly { readonly edge: Edge; readonly from: Point; readonly to: Point }[];
  readonly shadows: readonly { readonly from: Point; readonly to: Point; readonly within: boolean }[];
}

export const MARGIN = 24;
/** What rules say is in a monospaced font of 11 pixels. */
const COLUMN = 6.63;
export const LINE = 14;
export const PADDING = 10;
export const HEAD = 42;
const TOP = 76;
const BOXES = TOP + HEAD + 14;
const WIDTH = 232;
const LISTENER_WIDTH = 104;
const END_WIDTH = 214;
const GAP = 40;
/** Between routes and where they lead. */
const ROADS = 130;
const BETWEEN_BOXES = 8;
const TITLE = 19;
const GROUP = 20;
const MOST_LINES = 7;

export function layOut(picture: Picture): Layout {
  const listener = { x: MARGIN, y: TOP, width: LISTENER_WIDTH, height: HEAD };
  const stages = picture.stages.map((stage, i) =>
    placeStage(stage, MARGIN + LISTENER_WIDTH + GAP + i * (WIDTH + GAP)),
  );
  const boxes = new Map(stages.flatMap((stage) => stage.boxes.map((placed) => [placed.box.id, placed])));
  const after = MARGIN + LISTENER_WIDTH + stages.length * (WIDTH + GAP);
  const x = after + (picture.edges.length > 0 ? ROADS : GAP);
  const ends = placeEnds(picture, boxes, x);
  const lowest = Math.max(TOP + HEAD, ...[...boxes.values(), ...ends].map((place) => place.y + place.height));
  return {
    width: x + END_WIDTH + MARGIN,
    height: lowest + MARGIN,
    listener,
    stages,
    destination: { x, y: TOP, width: END_WIDTH, height: HEAD },
    ends,
    edges: placeEdges(picture.edges, boxes, ends),
    shadows: picture.shadows.flatMap((shadow) => placeShadow(shadow, boxes)),
  };
}

/** A text that is cut where it takes more columns. */
export function fitted(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = "";
  let used = 1;
  for (const character of text) {
    used += columnsOf(character);
    if (used > columns) break;
    kept += character;
  }
  return `${kept}…`;
}

function placeStage(stage: Stage, x: number): PlacedStage {
  const groups: { group: Group; x: number; y: number }[] = [];
  const boxes: PlacedBox[] = [];
  let y = BOXES;
  for (const group of stage.groups) {
    groups.push({ group, x, y: y + 12 });
    y += GROUP;
    for (const box of group.boxes) {
      const lines = linesOf(box.lines);
      const height = PADDING + TITLE + lines.length * LINE + (lines.length > 0 ? 8 : 0);
      boxes.push({ box, lines, x, y, width: WIDTH, height });
      y += height + BETWEEN_BOXES;
    }
    y += 6;
  }
  return { stage, head: { x, y: TOP, width: WIDTH, height: HEAD }, groups, boxes };
}

function linesOf(texts: readonly string[]): PlacedBox["lines"] {
  const columns = Math.floor((WIDTH - 2 * PADDING) / COLUMN);
  const lines = texts.flatMap((text) => {
    // Of a text of many thousands only the beginning can be seen.
    const pieces = wrapped(fitted(text, columns * MOST_LINES), columns - 2);
    return pieces.map((piece, i) => ({ text: piece, further: i > 0 }));
  });
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES - 1), { text: "…", further: false }];
}

/** Each beside the rules that lead to it, as far as there is room. */
function placeEnds({ ends, edges }: Picture, boxes: ReadonlyMap<string, PlacedBox>, x: number): PlacedEnd[] {
  const wanted = ends.map((end) => {
    const sources = edges.flatMap(({ from, to }) => (to === end.id ? (boxes.get(from) ?? []) : []));
    const middle = sources.reduce((sum, box) => sum + middleOf(box), 0) / Math.max(1, sources.length);
    return { end, middle: end.kind === "more" ? Infinity : middle };
  });
  let y = BOXES + GROUP;
  return wanted
    .map((one, i) => ({ ...one, i }))
    .sort((a, b) => a.middle - b.middle || a.i - b.i)
    .map(({ end, middle }) => {
      const height = PADDING + TITLE + end.lines.length * LINE + (end.lines.length > 0 ? 8 : 0);
      const at = middle === Infinity ? y : Math.max(y, middle - height / 2);
      y = at + height + 12;
      return { end, x, y: at, width: END_WIDTH, height };
    });
}

/** Several at one box or end stand apart, in the order of where they lead. */
function placeEdges(
  edges: readonly Edge[],
  boxes: ReadonlyMap<string, PlacedBox>,
  ends: readonly PlacedEnd[],
): Layout["edges"] {
  const byEnd = new Map(ends.map((placed) => [placed.end.id, placed]));
  const joined = edges.flatMap((edge) => {
    const box = boxes.get(edge.from);
    const end = byEnd.get(edge.to);
    return box && end ? [{ edge, box, end }] : [];
  });
  return joined.map((one) => {
    const leaving = joined.filter(({ box }) => box === one.box).sort((a, b) => a.end.y - b.end.y);
    const arriving = joined.filter(({ end }) => end === one.end).sort((a, b) => a.box.y - b.box.y);
    return {
      edge: one.edge,
      from: { x: one.box.x + one.box.width, y: spread(one.box, leaving.indexOf(one), leaving.length) },
      to: { x: one.end.x, y: spread(one.end, arriving.indexOf(one), arriving.length) },
    };
  });
}

function spread({ y, height }: Place, i: number, of: number): number {
  return y + (height * (i + 1)) / (of + 1);
}

/** Down the left side within a column, across the gap to another one. */
function placeShadow({ from, to }: Shadow, boxes: ReadonlyMap<string, PlacedBox>): Layout["shadows"] {
  const [a, b] = [boxes.get(from), boxes.get(to)];
  if (!a || !b) return [];
  const within = a.x === b.x;
  return [
    {
      within,
      from: { x: within ? a.x : a.x + a.width, y: middleOf(a) },
      to: { x: b.x, y: middleOf(b) },
    },
  ];
}

function middleOf({ y, height }: Place): number {
  return y + height / 2;
}
