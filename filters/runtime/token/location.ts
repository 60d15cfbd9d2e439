export function tokenBehind(value: usize, prefix: usize, prefixSize: u32): bool {
  return false;
}
export function tokenInQuery(path: usize, size: u32, name: usize, nameSize: u32): bool {
  return false;
}
export function tokenPointer(): usize {
  return 0;
}
export function tokenSize(): u32 {
  return 0;
}
