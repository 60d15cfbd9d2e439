// What a number that an expression comes to means as the cost of a request.
import { failed } from "./cel-failure";

/** The most that a request may cost; larger numbers count as this one. */
export const MAX_COST: u64 = 1000000000;

/** A cost that no limit has room for: such a request is refused. */
export const REFUSED_COST: u64 = MAX_COST + 1;

/**
 * The cost that the value means which was just evaluated: 0 takes nothing. What is negative or an error is refused, so
 * that no client gets by, or fills a bucket up, with a number of its own making.
 */
export function costOf(value: i64): u64 {
  if (failed() || value < 0) return REFUSED_COST;
  return min(<u64>value, MAX_COST);
}
