// Times as policies write them.
import type { TextShape } from "../../schema/schema.ts";

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The annotations that say how long key sets count, in milliseconds. */
export const TIMES = {
  /** After how long a set is fetched anew. As in Istio and Envoy. */
  "tollgate.dev/jwks-refresh": { standard: 300_000, shortest: 1_000, longest: 86_400_000 },
  /** How long a set is used while fetching fails: an issuer that is away for longer may have revoked keys. */
  "tollgate.dev/jwks-keep": { standard: 3_600_000, shortest: 1_000, longest: 604_800_000 },
} as const;

/** As in Istio. */
export const STANDARD_TIMEOUT = 5_000;
/** Longer than any request would wait. */
const LONGEST_TIMEOUT = 600_000;

const WRITTEN = /^(\d{1,9}(\.\d{1,9})?(ms|s|m|h))+$/;

/** For editors; how long it may be is for the check to say. */
export const TIME: TextShape = {
  pattern: WRITTEN.source,
  patternErrorMessage: "write a number and a unit, such as `500ms` or `5s`",
};

/** Milliseconds of a duration such as `500ms`, `5s`, `1.5s`, `1m30s`; undefined where it is none. */
export function parseTime(text: string): number | undefined {
  if (!WRITTEN.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|s|m|h)/g))
    total += Number(number) * (milliseconds[unit ?? ""] ?? 0);
  return Math.round(total);
}

/** How long fetching a key set may take, in milliseconds; undefined where it is no such time. */
export function parseTimeout(text: string): number | undefined {
  const time = parseTime(text);
  return time !== undefined && time >= 1 && time <= LONGEST_TIMEOUT ? time : undefined;
}
