// Time that steps back. Clocks of several threads are read in another order than they are written down, and clocks are set. A
// step back of up to a second is no step: time stands until it has caught up. A longer one starts anew from where the clock is.

/** Nanoseconds for which time stands at most. */
export const STANDS: u64 = 1000000000;

/** The time that counts, where `last` was seen before. */
export function standing(now: u64, last: u64): u64 {
  return now < last && last - now <= STANDS ? last : now;
}
