// Running a deterministic automaton over bytes: 256 byte classes (u8 each), then for each state `width` next states (u16), and
// for each state the class of a value that ends there (u32). compiler/automata builds it.

/** The class of the text at `p`. */
export function runDfa(
  byteClasses: usize,
  width: u32,
  next: usize,
  accepts: usize,
  start: u32,
  p: usize,
  size: u32,
): u32 {
  let state = start;
  for (const end = p + size; p < end; p++) {
    const byteClass = <u32>load<u8>(byteClasses + load<u8>(p));
    state = <u32>load<u16>(next + ((<usize>(state * width + byteClass)) << 1));
  }
  return load<u32>(accepts + ((<usize>state) << 2));
}
