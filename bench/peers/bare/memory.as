// What every module needs. One area takes each of the host's answers: they are used up before the next is asked for.

const ROOM: usize = 16384;
const AREA: usize = memory.data(16384, 16);

/** Where the host puts what it answers: pointer at 0, size at 4, a word at 8, a version at 16. */
export const OUT: usize = memory.data(24, 8);

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return size <= ROOM ? AREA : heap.alloc(size);
}
