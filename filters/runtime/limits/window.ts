// Windows that begin at multiples of their length since 1970: {u64 begins, u32 count, u32 count of the one before}. A fixed
// window forgets the one before; a sliding one counts as much of it as still lies within a window's length of now.
import { standing } from "./clock";
import { quotient, shareUp } from "./wide";

function windowOf(rate: usize): u64 {
  return load<u64>(rate);
}

/** What is allowed in a window. */
export function limitOf(rate: usize): u64 {
  return load<u64>(rate, 8);
}

function count(state: usize): u64 {
  return <u64>load<u32>(state, 8);
}

function before(state: usize): u64 {
  return <u64>load<u32>(state, 12);
}

/** The time that counts. */
export function timeOf(state: usize, now: u64): u64 {
  return standing(now, load<u64>(state));
}

/** Brings a window up to now. One that has not begun yet, by a clock that was set back, goes on as the one that is. */
export function turnWindow(rate: usize, state: usize, now: u64): void {
  const begun = load<u64>(state);
  const time = standing(now, begun);
  if (time >= begun && time - begun < windowOf(rate)) return;
  const begins = time - (time % windowOf(rate));
  if (begins > begun) {
    store<u32>(state, begins - begun == windowOf(rate) ? load<u32>(state, 8) : 0, 12);
    store<u32>(state, 0, 8);
  }
  if (begins != begun) store<u64>(state, begins);
}

/** Nanoseconds from `time`, up to which the window is, until a cost fits; 0 where it fits now. */
export function fixedWait(rate: usize, state: usize, cost: u64, time: u64): u64 {
  return count(state) + cost <= limitOf(rate) ? 0 : load<u64>(state) + windowOf(rate) - time;
}

/** As `fixedWait`, of a sliding window. */
export function slidingWait(rate: usize, state: usize, cost: u64, time: u64): u64 {
  const window = windowOf(rate);
  const passed = time - load<u64>(state);
  const here = passedUntil(rate, before(state), count(state) + cost);
  if (here <= passed) return 0;
  if (here <= window) return here - passed;
  const next = passedUntil(rate, count(state), cost);
  return window - passed + min(next, window);
}

/** How much of a window must have passed until what counts of the one before leaves room; more than all of it: it never does. */
function passedUntil(rate: usize, before: u64, count: u64): u64 {
  const window = windowOf(rate);
  if (count > limitOf(rate)) return window + 1;
  const room = limitOf(rate) - count;
  return before <= room ? 0 : window - quotient(<u32>room, window, <u32>before);
}

/** Takes a cost, as much of it as the limit is. */
export function windowTake(rate: usize, state: usize, cost: u64): void {
  store<u32>(state, <u32>min(count(state) + min(cost, limitOf(rate)), limitOf(rate)), 8);
}

/** Puts back what was taken in this window and not used. */
export function windowGiveBack(state: usize, cost: u64): void {
  const used = count(state);
  store<u32>(state, <u32>(used > cost ? used - cost : 0), 8);
}

/** Undoes a take after which the window stood as `after`: also of the one before, which a sliding window still counts. */
export function windowUndo(rate: usize, state: usize, after: usize, cost: u64): void {
  const begun = load<u64>(state);
  if (begun == load<u64>(after)) return windowGiveBack(state, cost);
  if (begun != load<u64>(after) + windowOf(rate)) return;
  const used = before(state);
  store<u32>(state, <u32>(used > cost ? used - cost : 0), 12);
}

/** When the window ends, up to which it is. */
export function windowEnd(rate: usize, state: usize): u64 {
  return load<u64>(state) + windowOf(rate);
}

export function fixedLeft(rate: usize, state: usize): u64 {
  const used = count(state);
  return used >= limitOf(rate) ? 0 : limitOf(rate) - used;
}

/** As `fixedLeft`, of a sliding window. */
export function slidingLeft(rate: usize, state: usize, time: u64): u64 {
  const window = windowOf(rate);
  const passed = time - load<u64>(state);
  const used = count(state) + shareUp(<u32>before(state), window - min(passed, window), window);
  return used >= limitOf(rate) ? 0 : limitOf(rate) - used;
}

/** Nanoseconds until the next window begins. */
export function windowReset(rate: usize, state: usize, time: u64): u64 {
  return load<u64>(state) + windowOf(rate) - time;
}

/** How much of the limit is used, from 0 to 1: of `left` is left. */
export function windowUsage(rate: usize, left: u64): f64 {
  return <f64>(limitOf(rate) - left) / <f64>limitOf(rate);
}
