// AssemblyScript: memory that belongs to the test.
const SCRATCH: usize = memory.data(65536, 16);

export function scratch(): usize {
  return SCRATCH;
}
