// Pictures of what filters do.
import { pictureOf, type Drawn } from "./draw.ts";
import { renderSvg } from "./svg.ts";

/** An SVG of a filter: a request's way through its stages, their rules, what shadows what, where requests go. */
export function drawFilter(filter: Drawn): string {
  return renderSvg(pictureOf(filter));
}
