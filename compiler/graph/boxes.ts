// Boxes for the rules of policies: where they come from, and what they say.
import type { Origin } from "../ir/program.ts";
import { positionOf } from "../source/span.ts";
import type { Box, Group } from "./picture.ts";
import { shown } from "./words.ts";

/** Names the box that a rule stands in. */
export function boxOf(stage: string, { policy, part }: Origin): string {
  return `${stage} ${policy} ${part}`;
}

/** File and line, from the bundle's folder. */
export function sourceOf({ span }: Origin): string {
  return `${shown(span.file.path)}:${positionOf(span.file, span.start).line}`;
}

/** Boxes of one policy side by side make a group. */
export function grouped(boxes: readonly (readonly [policy: string, box: Box])[]): Group[] {
  const groups = new Map<string, Box[]>();
  for (const [policy, box] of boxes) {
    const group = groups.get(policy);
    if (group) group.push(box);
    else groups.set(policy, [box]);
  }
  return [...groups].map(([title, list]) => ({ title: shown(title), boxes: list }));
}

/** A box with its tooltip, which says what it shows, whole. */
export function box(
  id: string,
  { policy, part }: Origin,
  shows: { title: string; source: string; lines: readonly string[]; mark?: "counted" },
): Box {
  const tooltip = [`${shown(policy)} ${part}, ${shows.source}`, ...shows.lines].join("\n");
  return { id, ...shows, tooltip };
}
