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
  const classOf = new Uint8Array(256);
  const sizes = [256];
  /** Members of the set leave each class that has others too, for a new one. */
  const split = (ranges: readonly (readonly [number, number])[]): void => {
    const members = new Map<number, number[]>();
    for (const [from, to] of ranges) {
      for (let byte = from; byte <= to; byte++) {
        const c = classOf[byte] ?? 0;
        const known = members.get(c);
        if (known === undefined) members.set(c, [byte]);
        else known.push(byte);
      }
    }
    for (const [c, bytes] of members) {
      const rest = (sizes[c] ?? 0) - bytes.length;
      if (rest === 0) continue;
      sizes[c] = rest;
      for (const byte of bytes) classOf[byte] = sizes.length;
      sizes.push(bytes.length);
    }
  };
  const visit = (node: Regex): void => {
    switch (node.op) {
      case "empty":
        return;
      case "bytes": {
        const key = node.ranges.join(";");
        if (seen.has(key)) return;
        seen.add(key);
        split(node.ranges);
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
  return partition(classOf);
}

/** The classes of bytes with equal keys. */
export function partition(keys: ArrayLike<number>): ByteClasses {
  const numbers = new Map<number, number>();
  const classOf = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) {
    const key = keys[byte] ?? 0;
    const known = numbers.get(key);
    classOf[byte] = known ?? numbers.size;
    if (known === undefined) numbers.set(key, numbers.size);
  }
  return { classOf, classes: numbers.size };
}

/** The smallest byte of each class. */
export function representatives({ classOf, classes }: ByteClasses): readonly number[] {
  return Array.from({ length: classes }, (_, c) => classOf.indexOf(c));
}
