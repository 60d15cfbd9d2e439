// Pictures of thousands of rules: of each stage and each policy the first few are shown, the rest is counted.
import type { Box, Edge, End, Group, Picture, Shadow, Stage } from "./picture.ts";

/** The most that a stage shows; a group more where groups are cut, and a box more in each that is. */
const MOST_BOXES = 24;
const MOST_GROUPS = 8;
const MOST_ENDS = 16;
/** On one box. */
const MOST_SHADOWS = 3;

/** The picture with as much as a person looks at. What is left out is counted, and where it led is shown. */
export function bounded(picture: Picture): Picture {
  /** What stands for boxes and ends that are not shown. */
  const instead = new Map<string, string>();
  const stages = picture.stages.map((stage, i) => boundedStage(stage, i, instead));
  const ends = boundedEnds(picture.ends, picture.edges, instead);
  const at = (id: string): string => instead.get(id) ?? id;
  return {
    ...picture,
    stages,
    ends,
    edges: merged(
      picture.edges.map((edge) => ({
        ...edge,
        from: at(edge.from),
        to: at(edge.to),
        ...(instead.has(edge.from) && { faint: true }),
      })),
    ),
    shadows: boundedShadows(picture.shadows, instead),
  };
}

function boundedShadows(shadows: readonly Shadow[], instead: ReadonlyMap<string, string>): Shadow[] {
  const many = new Map<string, number>();
  return shadows.filter(({ from, to }) => {
    if (instead.has(from) || instead.has(to)) return false;
    const before = many.get(to) ?? 0;
    many.set(to, before + 1);
    return before < MOST_SHADOWS;
  });
}

function boundedStage(stage: Stage, number: number, instead: Map<string, string>): Stage {
  const { groups } = stage;
  const cut = groups.length > MOST_GROUPS;
  const kept = cut ? groups.slice(0, MOST_GROUPS - 1) : groups;
  const shares = sharesOf(kept.map(({ boxes }) => boxes.length));
  const shown = kept.map((group, i) => boundedGroup(group, shares[i] ?? 0, `more ${number} ${i}`, instead));
  if (!cut) return { ...stage, groups: shown };
  const hidden = groups.slice(kept.length).flatMap(({ boxes }) => boxes);
  const rest = more(`more ${number}`, hidden, instead);
  const title = `and ${formatted(groups.length - kept.length)} more policies`;
  return { ...stage, groups: [...shown, { title, boxes: [rest] }] };
}

/** How many boxes each group shows: those that have few leave room for others. */
function sharesOf(sizes: readonly number[]): number[] {
  const shares = sizes.map(() => 0);
  const bySize = sizes.map((size, i) => ({ size, i })).sort((a, b) => a.size - b.size);
  let room = MOST_BOXES;
  bySize.forEach(({ size, i }, at) => {
    shares[i] = Math.min(size, Math.max(2, Math.floor(room / (bySize.length - at))));
    room -= shares[i];
  });
  return shares;
}

function boundedGroup(group: Group, share: number, id: string, instead: Map<string, string>): Group {
  const { boxes } = group;
  // One that is left out takes as much room as it is.
  if (boxes.length <= share + 1) return group;
  return { ...group, boxes: [...boxes.slice(0, share), more(id, boxes.slice(share), instead)] };
}

function more(id: string, hidden: readonly Box[], instead: Map<string, string>): Box {
  for (const box of hidden) instead.set(box.id, id);
  const never = hidden.filter(({ mark }) => mark === "never").length;
  const title = `and ${formatted(hidden.length)} more ${hidden.length === 1 ? "rule" : "rules"}`;
  const lines = never > 0 ? [`${formatted(never)} of them never ${never === 1 ? "has" : "have"} a turn`] : [];
  return { id, title, lines, tooltip: [title, ...lines].join("\n"), mark: "more" };
}

/** Those that are shown rules lead to come first. */
function boundedEnds(
  ends: readonly End[],
  edges: readonly Edge[],
  instead: Map<string, string>,
): readonly End[] {
  if (ends.length <= MOST_ENDS) return ends;
  const near = new Set(edges.filter(({ from }) => !instead.has(from)).map(({ to }) => to));
  const ordered = [...ends.filter(({ id }) => near.has(id)), ...ends.filter(({ id }) => !near.has(id))];
  const shown = ordered.slice(0, MOST_ENDS - 1);
  const hidden = ordered.slice(MOST_ENDS - 1);
  for (const { id } of hidden) instead.set(id, "more ends");
  return [
    ...shown,
    { id: "more ends", kind: "more", title: `and ${formatted(hidden.length)} more`, lines: [] },
  ];
}

/** Edges that became one lose what only one of them said. */
function merged(edges: readonly Edge[]): Edge[] {
  const found = new Map<string, Edge>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.from, edge.to, edge.kind]);
    const known = found.get(key);
    if (!known) found.set(key, edge);
    else if (known.label !== edge.label) found.set(key, withoutLabel(known));
  }
  return [...found.values()];
}

function withoutLabel({ from, to, kind, faint }: Edge): Edge {
  return { from, to, kind, ...(faint && { faint }) };
}

function formatted(n: number): string {
  return n.toLocaleString("en-US");
}
