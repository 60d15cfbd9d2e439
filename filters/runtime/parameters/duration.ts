// Durations as policies write them, such as `500ms` or `1h30m`: see compiler/schema/duration.ts.

const MILLISECOND: u64 = 1000000;
const SECOND: u64 = 1000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/** A hundred years. */
const LONGEST: u64 = 36500 * DAY;
const DIGITS_MOST: u32 = 9;

/** Nanoseconds; 0 where the text is no duration, is zero, or too long to count. */
export function durationIn(text: usize, size: u32): u64 {
  const end = text + size;
  let at = text;
  let total: u64 = 0;
  while (at < end) {
    const digits = at;
    let number: u64 = 0;
    while (at < end && <u32>load<u8>(at) - 0x30 < 10 && <u32>(at - digits) < DIGITS_MOST) {
      number = number * 10 + (<u64>load<u8>(at) - 0x30);
      at++;
    }
    if (at == digits || at == end) return 0;
    let unit: u64;
    const letter = load<u8>(at++);
    if (letter == 0x6d && at < end && load<u8>(at) == 0x73) {
      unit = MILLISECOND;
      at++;
    } else if (letter == 0x73) unit = SECOND;
    else if (letter == 0x6d) unit = MINUTE;
    else if (letter == 0x68) unit = HOUR;
    else if (letter == 0x64) unit = DAY;
    else return 0;
    if (number > LONGEST / unit) return 0;
    total += number * unit;
    if (total > LONGEST) return 0;
  }
  return total;
}
