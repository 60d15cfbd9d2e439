// Durations as the Gateway API writes them (GEP-2257): one to four numbers of up to five digits, each with its unit.

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

export const GATEWAY_DURATION = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/;

/** Milliseconds of a duration such as `10s` or `1h30m`; undefined where it is none. `0s` is one. */
export function milliseconds(text: string): number | undefined {
  if (!GATEWAY_DURATION.test(text)) return undefined;
  return [...text.matchAll(/([0-9]+)(ms|[hms])/g)].reduce(
    (sum, [, number = "", unit = ""]) => sum + Number(number) * (unitMs[unit] ?? 0),
    0,
  );
}
