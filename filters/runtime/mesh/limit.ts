// What the policy says of a mesh limit: its rates, each with the name that the service's configuration has for it.

/** How many bytes a limit's description takes, zeros before it is described. */
export const MESH_LIMIT_BYTES: u32 = 96;
/** One for each window that the service knows. */
export const RATES_MAX: u32 = 4;
/** How long a rate's name may be, so that a request always fits its room. */
export const RATE_NAME_MAX: u32 = 768;

const SECOND: u64 = 1000000000;
/** A lease is at most this part of the smallest rate. */
const LEASES_A_WINDOW: u32 = 64;

// {usize service, usize leases, u32 mask of their sets, u32 rates, u32 largest lease, u32 shortest window in seconds,
// u64 unknown until, rates × {usize name, u32 size, u32 window in seconds, u32 requests}}
const SERVICE: usize = 0;
const LARGEST: usize = 16;
const SHORTEST: usize = 20;
const COUNT: usize = 12;
const UNKNOWN_UNTIL: usize = 24;
const RATES: usize = 32;
const RATE_BYTES: usize = 16;

/** Names the service that is asked for a limit. Called when a plugin is configured, before its rates are added. Always true. */
export function beginMeshLimit(limit: usize, service: usize): bool {
  store<usize>(limit, service, SERVICE);
  store<u32>(limit, 0, COUNT);
  store<u32>(limit, u32.MAX_VALUE, LARGEST);
  store<u32>(limit, u32.MAX_VALUE, SHORTEST);
  return true;
}

/**
 * Adds a rate: `requests` in each `window` seconds (1, 60, 3600 or 86400), which the service's configuration calls `name`.
 * False where there are four already, or the name is too long.
 */
export function addMeshRate(limit: usize, name: usize, nameSize: u32, window: u32, requests: u32): bool {
  const count = load<u32>(limit, COUNT);
  if (count == RATES_MAX || nameSize > RATE_NAME_MAX || window == 0) return false;
  const rate = limit + RATES + <usize>count * RATE_BYTES;
  store<usize>(rate, name);
  store<u32>(rate, nameSize, 4);
  store<u32>(rate, window, 8);
  store<u32>(rate, requests, 12);
  store<u32>(limit, count + 1, COUNT);
  store<u32>(limit, min(load<u32>(limit, LARGEST), max<u32>(requests / LEASES_A_WINDOW, 1)), LARGEST);
  store<u32>(limit, min(load<u32>(limit, SHORTEST), window), SHORTEST);
  return true;
}

export function serviceOf(limit: usize): usize {
  return load<usize>(limit, SERVICE);
}

export function rateCount(limit: usize): u32 {
  return load<u32>(limit, COUNT);
}

export function rateName(limit: usize, rate: u32): usize {
  return load<usize>(limit + RATES + <usize>rate * RATE_BYTES);
}

export function rateNameSize(limit: usize, rate: u32): u32 {
  return load<u32>(limit + RATES + <usize>rate * RATE_BYTES, 4);
}

/** Nanoseconds. */
export function rateWindow(limit: usize, rate: u32): u64 {
  return <u64>load<u32>(limit + RATES + <usize>rate * RATE_BYTES, 8) * SECOND;
}

export function rateRequests(limit: usize, rate: u32): u32 {
  return load<u32>(limit + RATES + <usize>rate * RATE_BYTES, 12);
}

/** Of the rate that has least: what costs more can never be allowed. */
export function smallestRate(limit: usize): u32 {
  let smallest: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; i < rateCount(limit); i++) smallest = min(smallest, rateRequests(limit, i));
  return smallest;
}

/** Tokens. */
export function largestLease(limit: usize): u32 {
  return load<u32>(limit, LARGEST);
}

/** Nanoseconds. As one window begins with another, a lease that ends with it belongs to one window of each rate. */
export function shortestWindow(limit: usize): u64 {
  return <u64>load<u32>(limit, SHORTEST) * SECOND;
}

/** When the window in which `time` is ends, both in nanoseconds since 1970. */
export function windowEnd(time: u64, window: u64): u64 {
  return (time / window + 1) * window;
}

/** Whether the service said lately that it does not know the limit, so that it need not be asked. */
export function isUnknown(limit: usize, time: u64): bool {
  const until = load<u64>(limit, UNKNOWN_UNTIL);
  return time < until && until - time <= UNKNOWN_FOR;
}

/** A configuration is not changed often, and not to be waited for long. */
const UNKNOWN_FOR: u64 = 5 * SECOND;

/** Notes that the service does not know the limit; whether that is news. */
export function noteUnknown(limit: usize, time: u64): bool {
  const isNews = load<u64>(limit, UNKNOWN_UNTIL) == 0;
  store<u64>(limit, time + UNKNOWN_FOR, UNKNOWN_UNTIL);
  return isNews;
}

export function noteKnown(limit: usize): void {
  store<u64>(limit, 0, UNKNOWN_UNTIL);
}
