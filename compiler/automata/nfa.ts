// Thompson's construction: a tree becomes an automaton that reads a byte or nothing at each step.
import type { ByteClasses } from "./byte-classes.ts";
import type { Regex } from "./regex.ts";

/**
 * States are numbers. One with `reads` goes on to its `next` when it reads a byte of one of those classes; one without
 * goes on to all its `next` without reading. `end` has matched and leads nowhere.
 */
export interface Nfa {
  readonly states: readonly NfaState[];
  readonly start: number;
  readonly end: number;
}

export interface NfaState {
  /** By class: 1 where it is read. */
  readonly reads?: Uint8Array;
  readonly next: number[];
}

/** Undefined where it would have more than `maxStates` states: counted repetition multiplies. */
export function nfaOf(regex: Regex, { classOf, classes }: ByteClasses, maxStates: number): Nfa | undefined {
  if (statesFor(regex) > maxStates) return undefined;
  const states: NfaState[] = [{ next: [] }];
  const sets = new Map<string, Uint8Array>();

  const add = (next: number[], reads?: Uint8Array): number =>
    states.push(reads === undefined ? { next } : { next, reads }) - 1;

  const readsOf = (ranges: readonly (readonly [number, number])[]): Uint8Array => {
    const key = ranges.join(";");
    const known = sets.get(key);
    if (known !== undefined) return known;
    const reads = new Uint8Array(classes);
    for (const [from, to] of ranges) {
      for (let byte = from; byte <= to; byte++) reads[classOf[byte] ?? 0] = 1;
    }
    sets.set(key, reads);
    return reads;
  };

  /** The state from which the node's text leads to `to`. */
  const build = (node: Regex, to: number): number => {
    switch (node.op) {
      case "empty":
        return to;
      case "bytes":
        return add([to], readsOf(node.ranges));
      case "sequence":
        return node.of.reduceRight((next, part) => build(part, next), to);
      case "choice":
        return add(node.of.map((part) => build(part, to)));
      case "repeat": {
        let at = to;
        if (node.max === undefined) {
          const loop = add([to]);
          states[loop]?.next.push(build(node.of, loop));
          at = loop;
        } else {
          // Each copy that may be left out leads straight to what follows, so that few states follow any one.
          for (let i = node.min; i < node.max; i++) at = add([to, build(node.of, at)]);
        }
        for (let i = 0; i < node.min; i++) at = build(node.of, at);
        return at;
      }
    }
  };
  return { states, start: build(regex, 0), end: 0 };
}

/** An upper bound; Infinity at worst. */
function statesFor(node: Regex): number {
  switch (node.op) {
    case "empty":
      return 1;
    case "bytes":
      return 1;
    case "sequence":
    case "choice":
      return node.of.reduce((sum, part) => sum + statesFor(part), 1);
    case "repeat":
      return 1 + (1 + statesFor(node.of)) * Math.max(1, node.max ?? node.min + 1);
  }
}
