// The reference of the rate-limiting stage, without a bound on the number of keys. Times are nanoseconds since 1970.
import { costOf as celCostOf, evaluateCelValue, MAX_COST } from "../cel/value.ts";
import { newCount, type Count } from "./counts.ts";
import { detailsOf, grpcStatus } from "./details.ts";
import { holds, type Refusal, type Request } from "./interpret.ts";
import { limitFields, quotaOf, secondsOf, type HeaderField, type LimitItem } from "./limit-fields.ts";
import { keyOf } from "./limit-keys.ts";
import type { Answer, Limit, Program } from "./program.ts";

/** What limits remember between requests: for each limit (by origin) and key, a count for each rate. */
export class LimitState {
  readonly counts = new Map<string, readonly Count[]>();
}

/** What the limits of a phase make of a request. */
export interface Limited {
  readonly refusal?: Refusal;
  /** What is left of those that had room, but for those that are only tried out. */
  readonly items: ReadonlyMap<Limit, readonly LimitItem[]>;
  readonly outstanding: readonly Outstanding[];
}

/** A limit that waits for a request's response, or for its stream's end: see `responded` and `ended`. */
export interface Outstanding {
  readonly limit: Limit;
  readonly cost: bigint;
  /** The key's counts, from now on remembered: one that took nothing yet is like one that never asked. */
  readonly kept: () => readonly Count[];
}

/** Refuses a request that is over a limit of a phase, or takes from all of them. */
export function limit(
  { limits, responses }: Program,
  phase: Limit["phase"],
  request: Request,
  now: bigint,
  state: LimitState,
): Limited {
  const asked = limits.filter((l) => l.phase === phase && holds(l.when, request));
  const found = asked.map((l) => askLimit(l, request, now, state));
  const refusing = found
    .filter(({ limit: l, wait }) => !l.shadow && wait > 0n)
    .reduce<AskedLimit | undefined>((most, f) => (most && most.wait >= f.wait ? most : f), undefined);
  if (refusing)
    return { refusal: refusalBy(refusing, now, responses.limited), items: new Map(), outstanding: [] };
  // A limit that is only tried out takes where it would have allowed.
  const allowing = found.filter(({ wait }) => wait === 0n);
  for (const { limit: l, kept, cost } of allowing) {
    if (!isTold(l)) for (const count of kept()) count.take(cost, now);
  }
  return {
    items: new Map(allowing.filter(({ limit: l }) => !l.shadow).map((f) => [f.limit, itemsOf(f, now)])),
    outstanding: allowing.filter(({ limit: l }) => isTold(l) || l.algorithm === "concurrency"),
  };
}

/** Asks one limit that counts a request whether it has room for it; takes nothing. */
export function askLimit(l: Limit, request: Request, now: bigint, state: LimitState): AskedLimit {
  const kept = countsOf(l, request, state);
  const counts = kept(false);
  const cost = costOf(l, request);
  return { limit: l, kept, counts, cost, wait: longest(counts.map((count) => count.wait(cost, now))) };
}

/**
 * The response has come: limits whose cost it tells take that now. Its headers have lower-case names. What is left waits for
 * the stream's end.
 */
export function responded(
  outstanding: readonly Outstanding[],
  headers: readonly HeaderField[],
  now: bigint,
): readonly Outstanding[] {
  for (const { limit: l, kept } of outstanding) {
    if (l.cost.kind !== "response-header") continue;
    const { name } = l.cost;
    const told = headers.filter(([n]) => n === name).map(([, value]) => toldCost(value));
    for (const count of kept()) count.take(told.length > 0 ? most(told) : UNTOLD, now);
  }
  return outstanding.filter(({ limit: l }) => !isTold(l));
}

/**
 * The stream has ended: what was taken for as long as it lasts is given back. One that ended without a response costs 1, so that
 * no client gets by for nothing that does not wait for it.
 */
export function ended(outstanding: readonly Outstanding[], now: bigint): void {
  for (const { limit: l, kept, cost } of outstanding) {
    for (const count of kept()) {
      if (isTold(l)) count.take(UNTOLD, now);
      else count.giveBack(cost, now);
    }
  }
}

/** What a response costs that does not say, or does not say a whole number. */
const UNTOLD = 1n;

/** A whole decimal number; more than any request may cost counts as the most. */
function toldCost(value: string): bigint {
  if (!/^[0-9]+$/.test(value)) return UNTOLD;
  const told = BigInt(value);
  return told < MAX_COST ? told : MAX_COST;
}

/** What a limit says of a request. */
export interface AskedLimit extends Outstanding {
  /** One for each rate. */
  readonly counts: readonly Count[];
  /** Nanoseconds until there is room; 0: there is. */
  readonly wait: bigint;
}

function isTold({ cost }: Limit): boolean {
  return cost.kind === "response-header";
}

function refusalBy({ limit: by, counts, cost, wait }: AskedLimit, now: bigint, otherwise: Answer): Refusal {
  const seconds = secondsOf(wait);
  const items = by.rates.map((rate): LimitItem => ({ ...quotaOf(rate), left: 0, fields: by.fields }));
  const rate = by.rates[counts.findIndex((count) => count.wait(cost, now) === wait)];
  return {
    kind: "refuse",
    status: by.answer.status ?? otherwise.status,
    body: by.answer.body ?? otherwise.body,
    details: detailsOf("rate-limiting", by.origin),
    grpcStatus: grpcStatus.limited,
    retryAfter: seconds,
    headers: [...by.answer.headers, ...limitFields(items, { item: rate?.item ?? "", seconds })],
  };
}

function itemsOf({ limit: { rates, fields }, counts }: AskedLimit, now: bigint): LimitItem[] {
  return rates.flatMap((rate, i) => {
    const count = counts[i];
    if (!count) return [];
    const reset = count.reset(now);
    const item = { ...quotaOf(rate), left: Number(count.left(now)), fields };
    return [reset === undefined ? item : { ...item, resetSeconds: secondsOf(reset) }];
  });
}

function longest(waits: readonly bigint[]): bigint {
  return most([0n, ...waits]);
}

function most(numbers: readonly bigint[]): bigint {
  return numbers.reduce((a, b) => (a > b ? a : b));
}

function costOf({ cost }: Limit, request: Request): bigint {
  if (cost.kind === "cel") return celCostOf(evaluateCelValue(cost.expression, request) as bigint | undefined);
  // What the response will tell needs room for 1 until then.
  return cost.kind === "constant" ? BigInt(cost.value) : 1n;
}

function countsOf(l: Limit, request: Request, state: LimitState): (keep?: boolean) => readonly Count[] {
  const id = JSON.stringify([l.origin.policy, l.origin.part, keyOf(l, request)]);
  const fresh = l.rates.map((rate) => newCount(l.algorithm, rate));
  return (keep = true) => {
    const known = state.counts.get(id) ?? fresh;
    if (keep) state.counts.set(id, known);
    return known;
  };
}
