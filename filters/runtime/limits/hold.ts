// What a request takes until its stream ends, or its response has come: {u64 key, u64 cost} in the stream's record; key 0: nothing.
const COST: usize = 8;

/** Notes what was taken. */
export function setHold(hold: usize, key: u64, cost: u64): void {
  store<u64>(hold, key);
  store<u64>(hold, cost, COST);
}

/** Whether something was taken. */
export function holds(hold: usize): bool {
  return load<u64>(hold) != 0;
}

/** The key of what was taken, which is then forgotten; 0: nothing. */
export function dropHold(hold: usize): u64 {
  const key = load<u64>(hold);
  store<u64>(hold, 0);
  return key;
}

/** What was taken. */
export function heldCost(hold: usize): u64 {
  return load<u64>(hold, COST);
}
