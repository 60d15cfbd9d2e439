// Which bytes no pattern tells apart: tables have a column for each class of bytes rather than for each byte.
import type { Regex } from "./regex.ts";

/** Bytes in classes, numbered in the order of their smallest byte. */
export interface ByteClasses {
  /** The class of each of the 256 bytes. */
  readonly classOf: Uint8Array;
  /** How many classes there are: 1 to 256. */
  readonly classes: number;
}

/** The coarsest classes such that each set of bytes in the tree is a union of some of them. */
export function byteClasses(regex: Regex): ByteClasses {
  const seen = new Set<string>();
  let classes = partition(new Array<number>(256).fill(0));
  const visit = (node: Regex): void => {
    switch (node.op) {
      case "empty":
        return;
      case "bytes": {
        const key = node.ranges.join(";");
        if (seen.has(key)) return;
        seen.add(key);
        const member = new Uint8Array(256);
        for (const [from, to] of node.ranges) member.fill(1, from, to + 1);
        classes = partition(Array.from(classes.classOf, (c, byte) => 2 * c + (member[byte] ?? 0)));
        return;
      }
      case "repeat":
        visit(node.of);
        return;
      case "sequence":
      case "choice":
        node.of.forEach(visit);
    }
  };
  visit(regex);
  return classes;
}

/** The classes of bytes with equal keys. */
export function partition(keys: readonly (number | string)[]): ByteClasses {
  const numbers = new Map<number | string, number>();
  const classOf = Uint8Array.from(keys, (key) => {
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  });
  return { classOf, classes: numbers.size };
}

/** The smallest byte of each class. */
export function representatives({ classOf, classes }: ByteClasses): readonly number[] {
  return Array.from({ length: classes }, (_, c) => classOf.indexOf(c));
}
