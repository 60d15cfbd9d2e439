// The arguments of one operation, read out of the program:
//   12  -3        a number
//   'text         a text: address and size; %XX is a byte, a blank ends it
//   *1000         a text of so many x
//   {a:b,c:d}     a header list: address and size; %XX within names and values
//   #1025         a header list of so many pairs   ^1000000  one pair whose value is so long
//   $0 … $9       a register
//   self root stream   context ids: the callback's own, the root's, that of the newest stream
//   !5            a text of that size out of bounds
//   @b @s @h @n @q @t  where the host puts an answer: bytes, bytes of which only the number is shown, a header list, u32,
//                 u64, a time that is not shown; @n3 keeps the number in register 3, @n in register 0
import { take } from "./scratch";
import * as text from "./text";

export const MAX = 24;
const VALUES = memory.data(24 * 8, 16);
const REGISTERS = memory.data(10 * 4, 16);
const OUTS = memory.data(24 * 16, 16);
const KINDS = memory.data(24, 16);
const KEEP = memory.data(24, 16);
/** Stands where an answer belongs until the host writes there. */
export const UNTOUCHED: u64 = 0xa5a5a5a5a5a5a5a5;

export let count: i32 = 0;
export let outs: i32 = 0;

export function reset(): void {
  count = 0;
  outs = 0;
}

export function value(index: i32): i64 {
  return index < count ? load<i64>(VALUES + index * 8) : 0;
}

export function out(index: i32): usize {
  return OUTS + index * 16;
}

export function kind(index: i32): i32 {
  return load<u8>(KINDS + index);
}

/** Puts the numbers that were answered into their registers. */
export function keep(): void {
  for (let i = 0; i < outs; i++) {
    if (kind(i) == 0x6e && load<u32>(out(i)) != u32(UNTOUCHED))
      store<u32>(REGISTERS + load<u8>(KEEP + i) * 4, load<u32>(out(i)));
  }
}

function push(number: i64): void {
  if (count < MAX) store<i64>(VALUES + count++ * 8, number);
}

function pushText(at: usize, size: usize): void {
  push(at);
  push(size);
}

/** Reads one argument; `self` and `stream` are context ids. */
export function read(self: i32, root: i32, stream: i32): void {
  const first = text.peek();
  if (first == 0x27) {
    text.next();
    const at = take(text.end - text.at + 1);
    pushText(at, copyUntil(at, 0x20, 0x20) - at);
  } else if (first == 0x2a) {
    text.next();
    const size = usize(text.integer());
    const at = take(size + 1);
    memory.fill(at, 0x78, size);
    pushText(at, size);
  } else if (first == 0x7b) readPairs();
  else if (first == 0x23) {
    text.next();
    manyPairs(i32(text.integer()), 1);
  } else if (first == 0x5e) {
    text.next();
    manyPairs(1, u32(text.integer()));
  } else if (first == 0x24) {
    text.next();
    push(load<u32>(REGISTERS + (text.next() - 0x30) * 4));
  } else if (first == 0x21) {
    text.next();
    pushText(0xfffffff0, usize(text.integer()));
  } else if (first == 0x40) readOut();
  else if (first == 0x2d || (first >= 0x30 && first <= 0x39)) push(text.integer());
  else {
    const from = text.at;
    while (text.peek() != -1 && text.peek() != 0x20) text.next();
    if (text.same(from, text.at, "root")) push(root);
    else if (text.same(from, text.at, "stream")) push(stream);
    else push(self);
  }
}

function copyUntil(to: usize, end: i32, other: i32): usize {
  while (text.peek() != -1 && text.peek() != end && text.peek() != other) store<u8>(to++, text.nextByte());
  return to;
}

function readPairs(): void {
  text.next();
  const room = text.end - text.at;
  const texts = take(room + 2);
  const sizes = take(room * 8 + 8);
  let to = texts;
  let pairs: u32 = 0;
  while (text.peek() != 0x7d && text.peek() != -1) {
    const name = to;
    // A pseudo header's name begins with the colon.
    if (text.peek() == 0x3a) store<u8>(to++, text.nextByte());
    to = copyUntil(to, 0x3a, 0x7d);
    store<u32>(sizes + pairs * 8, u32(to - name));
    store<u8>(to++, 0);
    text.next();
    const content = to;
    to = copyUntil(to, 0x2c, 0x7d);
    store<u32>(sizes + pairs++ * 8 + 4, u32(to - content));
    store<u8>(to++, 0);
    if (text.peek() == 0x2c) text.next();
  }
  text.next();
  const list = take(4 + pairs * 8 + (to - texts));
  store<u32>(list, pairs);
  memory.copy(list + 4, sizes, pairs * 8);
  memory.copy(list + 4 + pairs * 8, texts, to - texts);
  pushText(list, 4 + pairs * 8 + (to - texts));
}

function manyPairs(pairs: u32, size: u32): void {
  const each = 8 + 7 + size + 1;
  const list = take(4 + pairs * each);
  store<u32>(list, pairs);
  let to = list + 4 + pairs * 8;
  for (let i: u32 = 0; i < pairs; i++) {
    store<u32>(list + 4 + i * 8, 6);
    store<u32>(list + 8 + i * 8, u32(size));
    store<u8>(to, 0x6b);
    for (let digit = 0, rest = i; digit < 5; digit++, rest /= 10)
      store<u8>(to + 5 - digit, 0x30 + (rest % 10));
    store<u8>(to + 6, 0);
    memory.fill(to + 7, 0x76, size);
    store<u8>(to + 7 + size, 0);
    to += 8 + size;
  }
  pushText(list, to - list);
}

function readOut(): void {
  text.next();
  const letter = text.next();
  const at = out(outs);
  store<u64>(at, UNTOUCHED);
  store<u64>(at + 8, UNTOUCHED);
  store<u8>(KINDS + outs, letter);
  store<u8>(KEEP + outs, 0);
  if (text.peek() >= 0x30 && text.peek() <= 0x39) store<u8>(KEEP + outs, text.next() - 0x30);
  outs++;
  push(at);
  if (letter == 0x62 || letter == 0x68 || letter == 0x73) push(at + 8);
}
