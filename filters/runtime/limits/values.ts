// Limits whose rates are values of a configuration: their tables, made when it is read (see shape.ts), and which of several
// configurations' counts a stream goes on with. The identity of such a limit depends on its rates, and is a part of every key:
// what was counted under other rates is never read.
import { mix } from "../hash";
import { reserveLeases } from "./lease";
import { leasable } from "./lease-book";

/** What a bucket may hold in its units. */
const LARGEST: u64 = 1 << 62;

/** Writes a bucket's rate. False: its numbers do not fit 64 bits. */
export function shapeBucket(rate: usize, limit: u64, window: u64, burst: u64): bool {
  if (limit == 0 || window == 0) return false;
  const divisor = divisorOf(limit, window);
  const refills = limit / divisor;
  const token = window / divisor;
  if (burst > LARGEST / token) return false;
  const capacity = burst * token;
  store<u64>(rate, refills);
  store<u64>(rate, capacity, 8);
  store<u64>(rate, token, 16);
  store<u64>(rate, (capacity + refills - 1) / refills, 24);
  return true;
}

/** Writes the rate of a window, or of requests under way. */
export function shapeWindow(rate: usize, limit: u64, window: u64): void {
  store<u64>(rate, window);
  store<u64>(rate, limit, 8);
}

function divisorOf(a: u64, b: u64): u64 {
  while (b != 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/** An identity under one more value. */
export function under(identity: u64, value: u64): u64 {
  return mix(identity + value);
}

const IDENTITY: usize = 0;
const LEASES: usize = 8;
const LEASE: usize = 12;

/**
 * Reserves what a shared limit leases in, once a VM, and notes at `counts` what its state is under these values: {u64 identity,
 * u32 leases}. `table` holds where that is. False: there is no memory.
 */
export function reserveUnder(counts: usize, limit: usize, table: usize, identity: u64): bool {
  store<u64>(counts, identity);
  store<u32>(counts, 0, LEASES);
  if (!leasable(limit)) return true;
  if (load<usize>(table) == 0) store<usize>(table, reserveLeases(limit));
  store<usize>(counts, load<usize>(table), LEASES);
  return load<usize>(table) != 0;
}

/** Has a shared limit's state (see shared.ts) be that of other values. */
export function countUnder(state: usize, counts: usize): void {
  store<u64>(state, load<u64>(counts), IDENTITY);
  store<u32>(state, load<u32>(counts, LEASES), LEASES);
  store<u32>(state, 0, LEASE);
}
