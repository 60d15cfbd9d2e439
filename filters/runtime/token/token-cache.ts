export function reserveTokens(cache: usize, sets: u32, bytes: u32): bool {
  return false;
}
export function knownToken(cache: usize, provider: u32, pointer: usize, size: u32, now: u64): bool {
  return false;
}
export function rememberToken(
  cache: usize,
  provider: u32,
  pointer: usize,
  size: u32,
  now: u64,
  expires: u64,
): void {}
export function forgetTokens(cache: usize): void {}
