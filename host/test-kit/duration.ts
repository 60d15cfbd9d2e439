/** A time: milliseconds, or a number with its unit, such as `"200ms"`, `"1.5s"`, `"2m"`, `"1h"`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h"}`;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** @throws TypeError where it is no time. */
export function milliseconds(duration: Duration): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(duration)) ?? [];
  const value = typeof duration === "number" ? duration : Number(amount) * (units[unit] ?? NaN);
  if (!Number.isFinite(value) || value < 0)
    throw new TypeError(`\`${duration}\` is no time: give milliseconds, or a text such as "1.5s"`);
  return value;
}
