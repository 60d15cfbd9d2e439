// One minimal DFA for many patterns, which says of a text all patterns that match it.
//
// It is our own construction since `refa`, the library that was looked at, forgets which of several patterns a final
// state stands for. Each pattern alone is determinised and minimised; then pairs are multiplied. As accept sets of
// different patterns are never confused, the reachable part of a product of minimal DFAs is minimal again, so no step is
// larger than what comes out, and a budget is known to be passed as soon as any step passes it.
import { byteClasses, partition, representatives } from "./byte-classes.ts";
import { equivalentStates } from "./minimise.ts";
import { nfaOf } from "./nfa.ts";
import { product } from "./product.ts";
import type { Regex } from "./regex.ts";
import { determinise } from "./subset.ts";
import type { Automaton } from "./subset.ts";

/**
 * A complete, minimal DFA over bytes. States are numbered as a breadth-first search from the start finds them, classes
 * by their smallest byte, so equal languages give equal DFAs.
 */
export interface Dfa {
  /** The class of each of the 256 bytes. No two classes are alike in all states. */
  readonly classOf: Uint8Array;
  readonly classes: number;
  readonly states: number;
  readonly start: number;
  /** The successor of `state` over a class is at `state * classes + class`. */
  readonly next: Uint32Array;
  /** For each state the numbers of the patterns that match a text which ends there, ascending. */
  readonly accepts: readonly (readonly number[])[];
  /** The state from which nothing matches any more; there is at most one. */
  readonly dead: number | undefined;
}

export interface DfaLimits {
  /** The most states of the DFA. */
  readonly maxStates: number;
}

/**
 * The DFA of these patterns; a pattern's number is its index. Undefined where it, or what must be built on the way to
 * it, is too large: then memory and time were bounded by `maxStates` as well.
 */
export function buildDfa(patterns: readonly Regex[], limits: DfaLimits): Dfa | undefined {
  const dfas: Dfa[] = [];
  for (const [number, pattern] of patterns.entries()) {
    const dfa = dfaOf(pattern, number, limits);
    if (dfa === undefined) return undefined;
    dfas.push(dfa);
  }
  return productOfAll(dfas, limits.maxStates);
}

/** The DFA of one pattern, which its states accept as `number`. Undefined where it is too large. */
export function dfaOf(pattern: Regex, number: number, { maxStates }: DfaLimits): Dfa | undefined {
  const classes = byteClasses(pattern);
  const nfa = nfaOf(pattern, classes, 4 * maxStates + 1_000);
  // Before they are minimised there may be some more states: `(a|ab)(c|bc)` has them.
  const automaton =
    nfa &&
    determinise(nfa, classes.classes, {
      maxStates: 4 * maxStates + 100,
      maxSteps: 2_000_000 + 500 * maxStates,
    });
  if (automaton === undefined) return undefined;
  const dfa = minimal(automaton, classes.classOf, number);
  return dfa.states > maxStates ? undefined : dfa;
}

/** The patterns that match the text, a byte for each character, in ascending order. */
export function acceptedBy(dfa: Dfa, text: string): readonly number[] {
  let state = dfa.start;
  for (let i = 0; i < text.length; i++) {
    const c = dfa.classOf[text.charCodeAt(i)] ?? 0;
    state = dfa.next[state * dfa.classes + c] ?? 0;
  }
  return dfa.accepts[state] ?? [];
}

/** Multiplied in pairs, then pairs of pairs: so neighbours, which tend to be alike, meet first. */
function productOfAll(dfas: readonly Dfa[], maxStates: number): Dfa | undefined {
  const [first, ...others] = dfas;
  if (first === undefined) return nothing;
  if (others.length === 0) return first;
  const left = productOfAll(dfas.slice(0, dfas.length >> 1), maxStates);
  const right = left && productOfAll(dfas.slice(dfas.length >> 1), maxStates);
  return left && right && product(left, right, maxStates);
}

const nothing: Dfa = {
  classOf: new Uint8Array(256),
  classes: 1,
  states: 1,
  start: 0,
  next: Uint32Array.of(0),
  accepts: [[]],
  dead: 0,
};

function minimal(automaton: Automaton, classOf: Uint8Array, number: number): Dfa {
  const blockOf = equivalentStates(automaton);
  const { classes, next } = automaton;

  // Blocks in the order in which they are found, each with one of its states.
  const numbers = new Map<number, number>();
  const members: number[] = [];
  const numberOf = (state: number): number => {
    const block = blockOf[state] ?? 0;
    const known = numbers.get(block);
    if (known !== undefined) return known;
    numbers.set(block, members.length);
    return members.push(state) - 1;
  };
  numberOf(automaton.start);
  const rows: number[][] = [];
  for (let i = 0; i < members.length; i++) {
    const from = (members[i] ?? 0) * classes;
    rows.push(Array.from({ length: classes }, (_, c) => numberOf(next[from + c] ?? 0)));
  }

  // Classes that every state treats alike become one; they are found in the same order, so states keep their numbers.
  const firstLike = new Map<string, number>();
  const alike = Array.from({ length: classes }, (_, c) => {
    const column = rows.map((row) => row[c]).join();
    const first = firstLike.get(column) ?? c;
    firstLike.set(column, first);
    return first;
  });
  const merged = partition(classOf.map((c) => alike[c] ?? 0));
  const kept = representatives(merged).map((byte) => classOf[byte] ?? 0);
  const accepted = [number];
  const rejected: number[] = [];
  return {
    ...merged,
    states: rows.length,
    start: 0,
    next: Uint32Array.from(rows.flatMap((row) => kept.map((c) => row[c] ?? 0))),
    accepts: members.map((state) => (automaton.accepting[state] === 1 ? accepted : rejected)),
    dead: deadState(
      rows,
      members.map((state) => automaton.accepting[state] === 1),
    ),
  };
}

function deadState(rows: readonly number[][], accepting: readonly boolean[]): number | undefined {
  const dead = rows.findIndex((row, state) => accepting[state] !== true && row.every((to) => to === state));
  return dead === -1 ? undefined : dead;
}
