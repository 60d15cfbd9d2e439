// A piece of program text: a start that moves and an end.
export let at: usize = 0;
export let end: usize = 0;

export function open(from: usize, to: usize): void {
  at = from;
  end = to;
}

export function peek(): i32 {
  return at < end ? i32(load<u8>(at)) : -1;
}

export function next(): i32 {
  return at < end ? i32(load<u8>(at++)) : -1;
}

export function skipSpaces(): void {
  while (at < end && load<u8>(at) == 0x20) at++;
}

function digit(code: i32): i32 {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : 0;
}

/** The next byte, %XX decoded. */
export function nextByte(): i32 {
  const code = next();
  if (code != 0x25) return code;
  const high = digit(next());
  return high * 16 + digit(next());
}

/** A decimal number with its sign. */
export function integer(): i64 {
  const negative = peek() == 0x2d;
  if (negative) at++;
  let value: i64 = 0;
  while (peek() >= 0x30 && peek() <= 0x39) value = value * 10 + (next() - 0x30);
  return negative ? -value : value;
}

/** Whether `literal` stands between the two addresses. */
export function same(from: usize, to: usize, literal: string): bool {
  if (to - from != usize(literal.length)) return false;
  for (let i = 0; i < literal.length; i++) if (i32(load<u8>(from + i)) != literal.charCodeAt(i)) return false;
  return true;
}
