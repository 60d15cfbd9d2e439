// The paths that are allowed, and the one that is asked for: four fifths down the list, so that whoever tries one rule after
// the other tries most of them.

/** `/api/v1/res00/` and so on; of other counts than W2's fifty with five digits. */
export function prefixes(count: number): string[] {
  return Array.from({ length: count }, (_, i) => prefix(i, count));
}

/** The prefix with this number, or one that would come behind the last. */
export function prefix(i: number, count: number): string {
  return `/api/v1/res${String(i).padStart(count === W2_PREFIXES ? 2 : 5, "0")}/`;
}

/** The number of the rule that lets the load through. */
export function hit(count: number): number {
  return (count * 4) / 5 - 1;
}

/** How many prefixes W2 has. */
export const W2_PREFIXES = 50;

/** How many rules there are, from few to very many. */
export const ruleCounts = [10, 100, 1_000, 10_000] as const;
