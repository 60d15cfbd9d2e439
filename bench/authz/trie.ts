// Prefixes as the trie that peers/bare/trie.as walks.

type Children = ReadonlyMap<number, Node>;

interface Node {
  readonly label: Buffer;
  /** Absent: a prefix ends here, and what is behind it does not matter. */
  readonly children?: Children;
}

/** A file of AssemblyScript with the trie as its data; at least one prefix, in ASCII. */
export function trieSource(prefixes: readonly string[]): string {
  const bytes = trie(prefixes.map((text) => Buffer.from(text, "latin1")));
  return `export const TRIE: usize = memory.data<u8>([${[...bytes].join(", ")}], 4);\n`;
}

function trie(prefixes: readonly Buffer[]): Buffer {
  const sorted = [...prefixes].sort((a, b) => a.compare(b));
  const pieces: Buffer[] = [];
  let size = 0;
  const write = ({ label, children }: Node): number => {
    const bytes = [...(children?.keys() ?? [])];
    const first = bytes.length === 0 ? 0 : Math.min(...bytes);
    const span = bytes.length === 0 ? 0 : Math.max(...bytes) - first + 1;
    const place = size;
    const tableAt = (4 + label.length + 3) & ~3;
    const piece = Buffer.alloc(tableAt + 4 * span);
    piece.set([label.length, children === undefined ? 1 : 0, first, span]);
    piece.set(label, 4);
    pieces.push(piece);
    size += piece.length;
    for (const [byte, child] of children ?? []) {
      piece.writeUInt32LE(write(child), tableAt + 4 * (byte - first));
    }
    return place;
  };
  write(node(sorted, 0));
  return Buffer.concat(pieces);
}

/** Of prefixes that are alike up to `depth`, sorted. */
function node(sorted: readonly Buffer[], depth: number): Node {
  const first = sorted[0] ?? Buffer.alloc(0);
  const last = sorted.at(-1) ?? first;
  let end = depth;
  while (end < first.length && end < last.length && first[end] === last[end]) end++;
  const label = first.subarray(depth, end);
  if (end === first.length) return { label };
  const groups = new Map<number, Buffer[]>();
  for (const one of sorted) {
    const byte = one[end] ?? 0;
    const group = groups.get(byte);
    if (group) group.push(one);
    else groups.set(byte, [one]);
  }
  return {
    label,
    children: new Map([...groups].map(([byte, group]) => [byte, node(group, end + 1)])),
  };
}
