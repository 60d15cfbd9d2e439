// The values that each configuration of the filter gives. Envoy puts plugins with the same `vm_id` and code into one VM, and a
// newer configuration beside the older one: each has a root context, and its values a block {usize next, u32 root context,
// values}. A block whose root context is gone, which outlives its streams, is the next one's.

const ROOT: usize = 4;
const VALUES: usize = 8;
const NOBODY: u32 = 0;

let first: usize = 0;

/** Keeps the values of a root context, of as many bytes as of every other. False: there is no memory. */
export function keepValues(root: u32, values: usize, bytes: u32): bool {
  let block = blockOf(root);
  if (block == 0) block = blockOf(NOBODY);
  if (block == 0) {
    block = grow(<u32>VALUES + bytes);
    if (block == 0) return false;
    store<usize>(block, first);
    first = block;
  }
  store<u32>(block, root, ROOT);
  memory.copy(block + VALUES, values, bytes);
  return true;
}

/** The values of a root context; 0: it was not configured. */
export function valuesOf(root: u32): usize {
  const block = root == NOBODY ? 0 : blockOf(root);
  return block == 0 ? 0 : block + VALUES;
}

/** Forgets the values of a root context, where this is one. */
export function dropValues(context: u32): void {
  const block = blockOf(context);
  if (block != 0) store<u32>(block, NOBODY, ROOT);
}

function blockOf(root: u32): usize {
  let block = first;
  while (block != 0 && load<u32>(block, ROOT) != root) block = load<usize>(block);
  return block;
}

// Blocks lie one behind the other in pages of their own.
let fresh: usize = 0;
let freshEnd: usize = 0;

function grow(bytes: u32): usize {
  const need = (<usize>bytes + 7) & ~7;
  if (freshEnd - fresh < need) {
    const pages = (need + 0xffff) >>> 16;
    const before = memory.grow(<i32>pages);
    if (before < 0) return 0;
    fresh = (<usize>before) << 16;
    freshEnd = fresh + (pages << 16);
  }
  const block = fresh;
  fresh += need;
  return block;
}
