// Memory for one callback: what the host gives and what arguments need. All of it is free again when the next begins.
const SIZE: usize = 6 * 1024 * 1024;
let room: usize = 0;
let used: usize = 0;

export function freeScratch(): void {
  used = 0;
}

export function take(size: usize): usize {
  if (room == 0) room = heap.alloc(SIZE);
  const wanted = (size + 15) & ~15;
  if (used + wanted > SIZE) return heap.alloc(wanted);
  used += wanted;
  return room + used - wanted;
}
