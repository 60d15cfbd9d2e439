/** The largest token that is looked at, in bytes. */
export const TOKEN_BYTES_MAX: u32 = 16384;
export function readToken(pointer: usize, size: u32): bool {
  return false;
}
export function payloadTextPointer(): usize {
  return 0;
}
export function payloadTextSize(): u32 {
  return 0;
}
