// Timestamps and durations as CEL writes them, and the calendar. All in nanoseconds: 64 bits hold them here.

const SECOND = 1_000_000_000n;
const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

export function fitsInt(value: bigint): boolean {
  return value >= MIN && value <= MAX;
}

/** Nanoseconds since 1970 of an RFC 3339 text; undefined where it is none. May be beyond 64 bits. */
export function parseTimestamp(text: string): bigint | undefined {
  const parts =
    /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/.exec(text);
  if (!parts) return undefined;
  const number = (index: number): number => Number(parts[index] ?? "0");
  const [year, month, day] = [number(1), number(2), number(3)];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (year === 0 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  if (number(4) > 23 || number(5) > 59 || number(6) > 59 || number(9) > 23 || number(10) > 59)
    return undefined;
  const offset = (number(9) * 60 + number(10)) * 60 * (parts[8] === "-" ? -1 : 1);
  const seconds = date.getTime() / 1000 + number(4) * 3600 + number(5) * 60 + number(6) - offset;
  return BigInt(seconds) * SECOND + BigInt((parts[7] ?? "").padEnd(9, "0"));
}

const units: Readonly<Record<string, bigint>> = {
  h: 3600n * SECOND,
  m: 60n * SECOND,
  s: SECOND,
  ms: 1_000_000n,
  us: 1000n,
  µs: 1000n,
  ns: 1n,
};

/** Nanoseconds of a text such as `1h30m` or `-1.5s`; undefined where it is none. May be beyond 64 bits. */
export function parseDuration(text: string): bigint | undefined {
  const whole = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:h|ms|m|s|us|µs|ns))+|0)$/.exec(text);
  if (!whole) return undefined;
  let sum = 0n;
  for (const [, integer = "", fraction = "", unit = ""] of (whole[2] ?? "").matchAll(
    /(\d*)\.?(\d*)(h|ms|m|s|us|µs|ns)/g,
  )) {
    const scale = units[unit] ?? 0n;
    sum += BigInt(integer || "0") * scale;
    if (fraction !== "") sum += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  return whole[1] === "-" ? -sum : sum;
}

/** The offset from UTC in nanoseconds that a text such as `+02:00` means; undefined where it is no offset. */
export function parseOffset(text: string): bigint | undefined {
  if (text === "UTC" || text === "Z") return 0n;
  const parts = /^([+-]?)(\d\d):(\d\d)$/.exec(text);
  if (!parts || Number(parts[2]) > 23 || Number(parts[3]) > 59) return undefined;
  const seconds = BigInt((Number(parts[2]) * 60 + Number(parts[3])) * 60);
  return (parts[1] === "-" ? -seconds : seconds) * SECOND;
}
