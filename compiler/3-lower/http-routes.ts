// The rules of all HTTPRoutes in one order.
import type { HttpRoutes } from "../ir/routing.ts";
import type { RankedHttpRule } from "../kinds/kind.ts";

/** Sorted by their ranks, which are lists of one shape. */
export function inOrder(ranked: readonly RankedHttpRule[]): HttpRoutes {
  return { rules: [...ranked].sort((a, b) => compare(a.rank, b.rank)).map(({ rule }) => rule) };
}

function compare(a: RankedHttpRule["rank"], b: RankedHttpRule["rank"]): number {
  for (const [i, one] of a.entries()) {
    const other = b[i];
    if (other === undefined || one === other) continue;
    return one < other ? -1 : 1;
  }
  return 0;
}
