// The product of two DFAs: both run side by side, and each state says what both accept.
import { partition, representatives } from "./byte-classes.ts";
import type { Dfa } from "./dfa.ts";

/**
 * The DFA of the patterns of both, whose numbers must differ; minimal where both are. Undefined as soon as it would have
 * more than `maxStates` states.
 */
export function product(a: Dfa, b: Dfa, maxStates: number): Dfa | undefined {
  // Each state of either is part of some state of the product.
  if (a.states > maxStates || b.states > maxStates) return undefined;
  const merged = partition(
    Uint32Array.from(a.classOf, (classOfA, byte) => classOfA * b.classes + (b.classOf[byte] ?? 0)),
  );
  const { classes } = merged;
  const bytes = representatives(merged);
  const classesOfA = bytes.map((byte) => a.classOf[byte] ?? 0);
  const classesOfB = bytes.map((byte) => b.classOf[byte] ?? 0);

  const numbers = new Map<number, number>();
  const pairs: number[] = [];
  const next: number[] = [];
  const numberOf = (pair: number): number => {
    const known = numbers.get(pair);
    if (known !== undefined) return known;
    numbers.set(pair, pairs.length);
    return pairs.push(pair) - 1;
  };
  numberOf(a.start * b.states + b.start);
  for (let state = 0; state < pairs.length; state++) {
    const pair = pairs[state] ?? 0;
    const inB = pair % b.states;
    const rowOfA = ((pair - inB) / b.states) * a.classes;
    const rowOfB = inB * b.classes;
    for (let c = 0; c < classes; c++) {
      const toA = a.next[rowOfA + (classesOfA[c] ?? 0)] ?? 0;
      next.push(numberOf(toA * b.states + (b.next[rowOfB + (classesOfB[c] ?? 0)] ?? 0)));
    }
    if (pairs.length > maxStates) return undefined;
  }

  const unions = new Map<string, readonly number[]>();
  const union = (left: readonly number[], right: readonly number[]): readonly number[] => {
    if (right.length === 0) return left;
    if (left.length === 0) return right;
    const all = [...left, ...right].sort((x, y) => x - y);
    const key = all.join();
    const known = unions.get(key) ?? all;
    unions.set(key, known);
    return known;
  };
  const dead =
    a.dead === undefined || b.dead === undefined ? undefined : numbers.get(a.dead * b.states + b.dead);
  return {
    ...merged,
    states: pairs.length,
    start: 0,
    next: Uint32Array.from(next),
    accepts: pairs.map((pair) =>
      union(a.accepts[Math.floor(pair / b.states)] ?? [], b.accepts[pair % b.states] ?? []),
    ),
    dead,
  };
}
