// The subset construction: from sets of an NFA's states to a DFA, within budgets.
import type { Nfa } from "./nfa.ts";

/** A complete DFA of one pattern, not yet minimal. */
export interface Automaton {
  readonly classes: number;
  readonly states: number;
  readonly start: number;
  /** The successor of `state` over a class is at `state * classes + class`. */
  readonly next: Uint32Array;
  /** By state: 1 where the pattern has matched. */
  readonly accepting: Uint8Array;
}

export interface SubsetLimits {
  readonly maxStates: number;
  /** The most steps from state to state of the NFA that are looked at, which bounds time where states are large sets. */
  readonly maxSteps: number;
}

/** Undefined where a limit is passed. */
export function determinise(nfa: Nfa, classes: number, limits: SubsetLimits): Automaton | undefined {
  const closures: (readonly number[] | undefined)[] = [];
  const seen = new Uint32Array(nfa.states.length);
  let generation = 0;
  let steps = 0;

  /** The states that read, or have matched, among those reached from here without reading. */
  const closureOf = (state: number): readonly number[] => {
    const known = closures[state];
    if (known !== undefined) return known;
    generation++;
    const closure: number[] = [];
    const pending = [state];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen[at] === generation) continue;
      seen[at] = generation;
      steps++;
      const { reads, next } = nfa.states[at] ?? { next: [] };
      if (reads !== undefined || at === nfa.end) closure.push(at);
      else pending.push(...next);
    }
    return (closures[state] = closure);
  };

  const numbers = new Map<string, number>();
  const sets: number[][] = [];
  const next: number[] = [];
  const numberOf = (set: number[]): number => {
    const key = set.sort((a, b) => a - b).join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, sets.length);
    return sets.push(set) - 1;
  };

  numberOf([...closureOf(nfa.start)]);
  for (let state = 0; state < sets.length; state++) {
    const set = sets[state] ?? [];
    for (let c = 0; c < classes; c++) {
      const reading = set.filter((at) => nfa.states[at]?.reads?.[c] === 1);
      const closureLists = reading.map((at) => closureOf(nfa.states[at]?.next[0] ?? nfa.end));
      generation++;
      const successor: number[] = [];
      for (const closure of closureLists) {
        steps += closure.length;
        for (const at of closure) {
          if (seen[at] === generation) continue;
          seen[at] = generation;
          successor.push(at);
        }
      }
      next.push(numberOf(successor));
    }
    steps += set.length * classes;
    if (sets.length > limits.maxStates || steps > limits.maxSteps) return undefined;
  }
  return {
    classes,
    states: sets.length,
    start: 0,
    next: Uint32Array.from(next),
    accepting: Uint8Array.from(sets, (set) => (set.includes(nfa.end) ? 1 : 0)),
  };
}
