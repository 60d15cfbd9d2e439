export const KEY_SET_REFUSED: u32 = 0;
export const KEY_SET_CHANGED: u32 = 1;
export const KEY_SET_SAME: u32 = 2;
export function reserveKeySet(state: usize, capacity: u32): bool {
  return false;
}
export function keySetOf(state: usize): usize {
  return 0;
}
export function replaceKeySet(state: usize, json: usize, size: u32): u32 {
  return KEY_SET_REFUSED;
}
