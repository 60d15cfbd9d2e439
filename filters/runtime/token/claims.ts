export function readClaims(table: usize): bool {
  return false;
}
export function issuerIs(literal: usize, size: u32): bool {
  return false;
}
export function issuerPointer(): usize {
  return 0;
}
export function issuerSize(): u32 {
  return 0;
}
export function subjectPointer(): usize {
  return 0;
}
export function subjectSize(): u32 {
  return 0;
}
export function isTimely(now: u64, leeway: u64): bool {
  return false;
}
export function expiryTime(): u64 {
  return 0;
}
export function claimTexts(): u32 {
  return 0;
}
export function claimSlot(index: u32): u32 {
  return 0;
}
export function claimPointer(index: u32): usize {
  return 0;
}
export function claimSize(index: u32): u32 {
  return 0;
}
export function claimIs(slot: u32, literal: usize, size: u32): bool {
  return false;
}
export function findClaim(slot: u32): bool {
  return false;
}
export function foundPointer(): usize {
  return 0;
}
export function foundSize(): u32 {
  return 0;
}
export function isHeaderValue(pointer: usize, size: u32): bool {
  return false;
}
