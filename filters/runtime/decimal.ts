// Numbers as decimal text.

const DIGITS: usize = memory.data(20);

/** The most digits that 64 bits have. */
const DIGITS_MAX: u32 = 20;

/** Writes a number, which has at most 20 digits, and returns how many it has. */
export function writeDecimal(to: usize, number: u64): u32 {
  let at = DIGITS_MAX;
  do {
    store<u8>(DIGITS + --at, <u8>(0x30 + (number % 10)));
    number /= 10;
  } while (number != 0);
  memory.copy(to, DIGITS + at, DIGITS_MAX - at);
  return DIGITS_MAX - at;
}
