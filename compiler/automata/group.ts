// Patterns whose common DFA would be too large are put into several.
import { dfaOf } from "./dfa.ts";
import type { Dfa } from "./dfa.ts";
import { product } from "./product.ts";
import type { Regex } from "./regex.ts";

export interface GroupLimits {
  /** The most states of one DFA. */
  readonly maxStates: number;
  /** The most states of all together. */
  readonly maxTotal: number;
}

/** A DFA and the numbers of its patterns, ascending; its accept sets have the same numbers. */
export interface Group {
  readonly dfa: Dfa;
  readonly patterns: readonly number[];
}

/**
 * All patterns, a pattern's number being its index, in few DFAs: one where it fits. `tooLarge` is the number of the
 * pattern that passes `maxStates` alone or, where `maxTotal` is passed, of the one that needs most.
 */
export function groupIntoDfas(
  patterns: readonly Regex[],
  limits: GroupLimits,
): { readonly dfas: readonly Group[] } | { readonly tooLarge: number } {
  const single: Group[] = [];
  for (const [number, pattern] of patterns.entries()) {
    const dfa = dfaOf(pattern, number, limits);
    if (dfa === undefined) return { tooLarge: number };
    single.push({ dfa, patterns: [number] });
  }
  const budget = new Budget(limits, total(single));
  const dfas = merged(single, budget).toSorted((a, b) => (a.patterns[0] ?? 0) - (b.patterns[0] ?? 0));
  if (total(dfas) <= limits.maxTotal) return { dfas };
  const largest = single.reduce((most, group) => (group.dfa.states > most.dfa.states ? group : most));
  return { tooLarge: largest.patterns[0] ?? 0 };
}

/** How many states there are now; a merge may add some only while all have room. */
class Budget {
  private used: number;
  private readonly limits: GroupLimits;

  constructor(limits: GroupLimits, used: number) {
    this.limits = limits;
    this.used = used;
  }

  merge(a: Group, b: Group): Group | undefined {
    const without = this.used - a.dfa.states - b.dfa.states;
    const room = Math.max(this.limits.maxTotal, this.used) - without;
    const dfa = product(a.dfa, b.dfa, Math.min(this.limits.maxStates, room));
    if (dfa === undefined) return undefined;
    this.used = without + dfa.states;
    return { dfa, patterns: [...a.patterns, ...b.patterns].sort((x, y) => x - y) };
  }
}

/** Halves first, as neighbours tend to be alike; then the two smallest groups while they fit into one. */
function merged(groups: readonly Group[], budget: Budget): readonly Group[] {
  if (groups.length <= 1) return groups;
  const half = groups.length >> 1;
  const bySize = [...merged(groups.slice(0, half), budget), ...merged(groups.slice(half), budget)];
  for (;;) {
    bySize.sort((a, b) => a.dfa.states - b.dfa.states);
    const [a, b] = bySize;
    const both = a && b && budget.merge(a, b);
    if (both === undefined) return bySize;
    bySize.splice(0, 2, both);
  }
}

function total(groups: readonly Group[]): number {
  return groups.reduce((sum, { dfa }) => sum + dfa.states, 0);
}
