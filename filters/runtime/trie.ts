// Walking a radix trie along a value. A node is four words: where its label stands and how long it is (without the first
// byte), its first child, the classes of a value that goes on beyond it and of one that ends at it; the number of its
// children stands above the label's size. `bytes` holds the first byte of each node's label. Children stand side by side,
// ordered by that byte. compiler/4-plan/classes/trie.ts builds it.

const NODE: usize = 16;

/** The class of the text at `p`. */
export function walkTrie(nodes: usize, bytes: usize, labels: usize, p: usize, size: u32): u32 {
  let node = nodes;
  const end = p + size;
  while (p < end) {
    const child = childOf(node, bytes, load<u8>(p));
    if (child == 0) return <u32>load<u16>(node, 12);
    const at = nodes + <usize>child * NODE;
    const more = load<u32>(at, 4) & 0xffff;
    p++;
    if (<u32>(end - p) < more) return <u32>load<u16>(node, 12);
    const label = labels + load<u32>(at);
    for (let i: u32 = 0; i < more; i++) {
      if (load<u8>(p + i) != load<u8>(label + i)) return <u32>load<u16>(node, 12);
    }
    p += more;
    node = at;
  }
  return <u32>load<u16>(node, 14);
}

/** As `walkTrie`, ASCII case aside; labels are lower-case. */
export function walkTrieIgnoringCase(nodes: usize, bytes: usize, labels: usize, p: usize, size: u32): u32 {
  let node = nodes;
  const end = p + size;
  while (p < end) {
    const child = childOf(node, bytes, lower(load<u8>(p)));
    if (child == 0) return <u32>load<u16>(node, 12);
    const at = nodes + <usize>child * NODE;
    const more = load<u32>(at, 4) & 0xffff;
    p++;
    if (<u32>(end - p) < more) return <u32>load<u16>(node, 12);
    const label = labels + load<u32>(at);
    for (let i: u32 = 0; i < more; i++) {
      if (lower(load<u8>(p + i)) != load<u8>(label + i)) return <u32>load<u16>(node, 12);
    }
    p += more;
    node = at;
  }
  return <u32>load<u16>(node, 14);
}

/** As `walkTrie`, from the text's end; labels are written backwards. */
export function walkBackwards(
  nodes: usize,
  bytes: usize,
  labels: usize,
  p: usize,
  size: u32,
  ignoringCase: bool,
): u32 {
  let node = nodes;
  let left = size;
  while (left != 0) {
    let byte = load<u8>(p + left - 1);
    const child = childOf(node, bytes, ignoringCase ? lower(byte) : byte);
    if (child == 0) return <u32>load<u16>(node, 12);
    const at = nodes + <usize>child * NODE;
    const more = load<u32>(at, 4) & 0xffff;
    left--;
    if (left < more) return <u32>load<u16>(node, 12);
    const label = labels + load<u32>(at);
    for (let i: u32 = 0; i < more; i++) {
      byte = load<u8>(p + left - 1 - i);
      if ((ignoringCase ? lower(byte) : byte) != load<u8>(label + i)) return <u32>load<u16>(node, 12);
    }
    left -= more;
    node = at;
  }
  return <u32>load<u16>(node, 14);
}

/** The child whose label begins with a byte, or 0: the root is nobody's child. */
function childOf(node: usize, bytes: usize, byte: u8): u32 {
  let low = load<u32>(node, 8);
  let high = low + (load<u32>(node, 4) >>> 16);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = load<u8>(bytes + middle);
    if (there == byte) return middle;
    if (there < byte) low = middle + 1;
    else high = middle;
  }
  return 0;
}

function lower(byte: u8): u8 {
  return <u32>byte - 0x41 < 26 ? byte | 0x20 : byte;
}
