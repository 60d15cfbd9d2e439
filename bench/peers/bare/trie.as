// Whether a text begins with one of the prefixes. `prefixes` is written by the benchmark: a trie, its paths compressed; a
// node is {label's size, whether a prefix ends, first byte, bytes, label, a child's place for each byte}.
import { TRIE } from "./prefixes";

export function startsWithPrefix(text: usize, size: u32): bool {
  const end = text + size;
  let node = TRIE;
  while (true) {
    const labelSize = <usize>load<u8>(node);
    if (end - text < labelSize || memory.compare(node + 4, text, labelSize) != 0) return false;
    text += labelSize;
    if (load<u8>(node, 1) != 0) return true;
    if (text >= end) return false;
    const at = <u32>load<u8>(text++) - <u32>load<u8>(node, 2);
    if (at >= <u32>load<u8>(node, 3)) return false;
    const child = load<u32>(((node + 4 + labelSize + 3) & ~3) + ((<usize>at) << 2));
    if (child == 0) return false;
    node = TRIE + child;
  }
}
