// The classes of many values: `4-plan` has the plain walk, which looks at one child after the other; here an index of them
// finds the next, as there may be ten thousand.
import { classByDfa } from "../4-plan/classes/dfa.ts";
import { findInterval } from "../4-plan/classes/intervals.ts";
import type { Trie } from "../4-plan/classes/trie.ts";
import type { Column } from "../4-plan/columns.ts";
import { parseAddress } from "../net/block.ts";

/** The class of a value in a column of its attribute. */
export function classifier({ scan }: Column): (value: string) => number {
  switch (scan.by) {
    case "trie": {
      const walk = trieWalk(scan.trie);
      return scan.backwards ? (value) => walk(reversed(value)) : walk;
    }
    case "dfa":
      return (value) => classByDfa(scan.dfa, value);
    case "intervals":
      return (value) => {
        const address = parseAddress(value);
        if (!address) return scan.intervals.none;
        const { v4, v6 } = scan.intervals;
        return findInterval(address.family === 4 ? v4 : v6, address.network);
      };
    case "truth":
      throw new Error("an attribute is no truth value");
  }
}

/** Finds the class of a text that is read in the trie's own direction. */
export function trieWalk(trie: Trie): (text: string) => number {
  const indexes: (ReadonlyMap<string, number> | undefined)[] = [];
  const childrenOf = (number: number): ReadonlyMap<string, number> => {
    let index = indexes[number];
    if (!index) {
      const { firstChild = 0, children = 0 } = trie.nodes[number] ?? {};
      const numbers = Array.from({ length: children }, (_, i) => firstChild + i);
      indexes[number] = index = new Map(
        numbers.map((child) => [trie.nodes[child]?.label.charAt(0) ?? "", child]),
      );
    }
    return index;
  };
  return (text) => {
    let number = 0;
    for (let at = 0; ;) {
      const node = trie.nodes[number];
      if (at === text.length) return node?.end ?? 0;
      const child = childrenOf(number).get(text.charAt(at));
      const label = trie.nodes[child ?? -1]?.label;
      if (child === undefined || label === undefined || !text.startsWith(label, at))
        return node?.through ?? 0;
      at += label.length;
      number = child;
    }
  };
}

/** For each node of a trie what leads to it from the root. */
export function triePaths(trie: Trie): readonly string[] {
  const paths = [""];
  trie.nodes.forEach(({ firstChild, children }, number) => {
    for (let child = firstChild; child < firstChild + children; child++) {
      paths[child] = (paths[number] ?? "") + (trie.nodes[child]?.label ?? "");
    }
  });
  return paths;
}

export function reversed(bytes: string): string {
  return Buffer.from(bytes, "latin1").reverse().toString("latin1");
}
