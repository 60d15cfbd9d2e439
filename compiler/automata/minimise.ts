// Hopcroft's algorithm: the states of a DFA that no text tells apart, found in n log n steps.
import type { Automaton } from "./subset.ts";

/** By state: the number of its class of equivalent states. All states must be reachable. */
export function equivalentStates({ states, classes, next, accepting }: Automaton): Uint32Array {
  // For each class of bytes the states by successor: from `offsets[c * (states + 1) + s]` the predecessors of s.
  const offsets = new Uint32Array(classes * (states + 1));
  const predecessors = new Uint32Array(classes * states);
  for (let c = 0; c < classes; c++) {
    const base = c * (states + 1);
    for (let s = 0; s < states; s++) increase(offsets, base + at(next, s * classes + c) + 1);
    for (let s = 0; s < states; s++)
      offsets[base + s + 1] = at(offsets, base + s + 1) + at(offsets, base + s);
    const fill = offsets.slice(base, base + states);
    for (let s = 0; s < states; s++) {
      const target = at(next, s * classes + c);
      predecessors[c * states + at(fill, target)] = s;
      increase(fill, target);
    }
  }

  // Blocks are ranges of `order`; `place` is its inverse. What is marked stands at the block's beginning.
  const order = Uint32Array.from({ length: states }, (_, s) => s).sort(
    (a, b) => at(accepting, a) - at(accepting, b),
  );
  const place = new Uint32Array(states);
  order.forEach((s, i) => (place[s] = i));
  const blockOf = new Uint32Array(states);
  const first = new Uint32Array(states + 1);
  const size = new Uint32Array(states + 1);
  const marked = new Uint32Array(states + 1);
  const rejecting = accepting.indexOf(1) === -1 ? states : order.findIndex((s) => accepting[s] === 1);
  let blocks = 0;
  const open = (from: number, to: number): number => {
    first[blocks] = from;
    size[blocks] = to - from;
    for (let i = from; i < to; i++) blockOf[at(order, i)] = blocks;
    return blocks++;
  };
  if (rejecting > 0) open(0, rejecting);
  if (rejecting < states) open(rejecting, states);

  const pending: number[] = [];
  const isPending = new Uint8Array((states + 1) * classes);
  const push = (splitter: number): void => {
    if (isPending[splitter] === 1) return;
    isPending[splitter] = 1;
    pending.push(splitter);
  };
  const smallest = blocks === 2 && at(size, 1) < at(size, 0) ? 1 : 0;
  for (let c = 0; c < classes; c++) push(smallest * classes + c);

  for (let splitter = pending.pop(); splitter !== undefined; splitter = pending.pop()) {
    isPending[splitter] = 0;
    const c = splitter % classes;
    const block = (splitter - c) / classes;
    const touched: number[] = [];
    // The splitter may split itself: its members are taken before anything moves.
    const members = order.slice(at(first, block), at(first, block) + at(size, block));
    for (const target of members) {
      const base = c * (states + 1) + target;
      for (let i = at(offsets, base); i < at(offsets, base + 1); i++) {
        const s = at(predecessors, c * states + i);
        const b = at(blockOf, s);
        if (at(marked, b) === 0) touched.push(b);
        const to = at(first, b) + at(marked, b);
        const other = at(order, to);
        order[at(place, s)] = other;
        place[other] = at(place, s);
        order[to] = s;
        place[s] = to;
        increase(marked, b);
      }
    }
    for (const b of touched) {
      const count = at(marked, b);
      marked[b] = 0;
      if (count === at(size, b)) continue;
      const from = at(first, b);
      first[b] = from + count;
      size[b] = at(size, b) - count;
      const split = open(from, from + count);
      for (let other = 0; other < classes; other++) {
        const other0 = b * classes + other;
        if (isPending[other0] === 1 || count <= at(size, b)) push(split * classes + other);
        else push(other0);
      }
    }
  }
  return blockOf;
}

function at(array: Uint32Array | Uint8Array, index: number): number {
  return array[index] as number;
}

function increase(array: Uint32Array, index: number): void {
  array[index] = (array[index] as number) + 1;
}
