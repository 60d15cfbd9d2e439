// What answers tell of limits, in header fields: those of the IETF draft (draft-ietf-httpapi-ratelimit-headers-10, structured
// fields of RFC 9651), or those that many services send.
import type { Limit, Rate } from "./program.ts";

export type HeaderField = readonly [name: string, value: string];

/** One rate of a limit, as an answer tells of it. */
export interface LimitItem {
  readonly item: string;
  readonly quota: number;
  /** Whole seconds, rounded up; absent of requests under way. */
  readonly windowSeconds?: number;
  /** The largest cost that still fits. */
  readonly left: number;
  /** Until the bucket is full or the next window begins: whole seconds, rounded up. Absent where there is no window. */
  readonly resetSeconds?: number;
  readonly fields: Limit["fields"];
}

/** The item that refuses a request. */
export interface RefusedItem {
  readonly item: string;
  /** As in `retry-after`. */
  readonly seconds: number;
}

/**
 * The fields for a request that passed: `items` of all limits that were asked. Of one that was refused: `items` of the limit
 * that refuses; nothing is left of the one that does for as long as `retry-after` says.
 */
export function limitFields(items: readonly LimitItem[], refused?: RefusedItem): HeaderField[] {
  const told = items.map((item) =>
    item.item === refused?.item ? { ...item, left: 0, resetSeconds: refused.seconds } : item,
  );
  const relevant = told.filter(({ item }) => !refused || item === refused.item);
  return [...draft(of("draft", told), of("draft", relevant)), ...plain(of("x-rate-limit", relevant))];
}

function of(fields: Limit["fields"], items: readonly LimitItem[]): LimitItem[] {
  return items.filter((item) => item.fields === fields);
}

function draft(policy: readonly LimitItem[], left: readonly LimitItem[]): HeaderField[] {
  if (policy.length === 0) return [];
  return [
    ["ratelimit-policy", policy.map(policyItem).join(", ")],
    ["ratelimit", left.map(leftItem).join(", ")],
  ];
}

/** The item of which least is left in proportion; of several the first. */
function plain(items: readonly LimitItem[]): HeaderField[] {
  const [first] = items;
  if (!first) return [];
  const {
    quota,
    left,
    resetSeconds = 0,
  } = items.reduce(
    (least, item) => (item.left * least.quota < least.left * item.quota ? item : least),
    first,
  );
  return [
    ["x-ratelimit-limit", String(quota)],
    ["x-ratelimit-remaining", String(left)],
    ["x-ratelimit-reset", String(resetSeconds)],
  ];
}

/** `"api";q=100;w=60`. */
export function policyItem({
  item,
  quota,
  windowSeconds,
}: Pick<LimitItem, "item" | "quota" | "windowSeconds">): string {
  const kind = windowSeconds === undefined ? `qu="concurrent-requests"` : `w=${windowSeconds}`;
  return `${text(item)};q=${quota};${kind}`;
}

/** `"api";r=50;t=30`. */
function leftItem({ item, left, resetSeconds }: LimitItem): string {
  return `${text(item)};r=${left}${resetSeconds === undefined ? "" : `;t=${resetSeconds}`}`;
}

/** A String of RFC 9651; names of limits are ASCII without quotes and backslashes. */
function text(item: string): string {
  return `"${item}"`;
}

/** What fields say of a rate whatever is left of it. */
export function quotaOf({ item, limit, window }: Rate): Pick<LimitItem, "item" | "quota" | "windowSeconds"> {
  return { item, quota: limit, ...(window > 0n && { windowSeconds: secondsOf(window) }) };
}

/** Whole seconds of nanoseconds, rounded up. */
export function secondsOf(nanoseconds: bigint): number {
  return Number((nanoseconds + 999_999_999n) / 1_000_000_000n);
}
