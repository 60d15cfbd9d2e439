// Header values that are made of a request: put together in one room, and looked at before they become a header.
import { failed } from "../cel-failure";
import { pointerOf, sizeOf, Text } from "../cel-text";
import { writeDecimal } from "../decimal";

/** As `MAX_TEXT` in compiler/ir/routes.ts. */
const MAX_TEXT: u32 = 4096;
const ROOM: usize = memory.data(4096);
const SPACE: u32 = 0x20;
const TAB: u32 = 0x09;
const DELETE: u32 = 0x7f;
const MINUS: u32 = 0x2d;
/** Digits of a number, and its sign. */
const NUMBER_MAX: u32 = 21;

let size: u32 = 0;

/** The value that was made last. */
export function madePointer(): usize {
  return ROOM;
}

export function madeSize(): u32 {
  return size;
}

/** Starts on a value; always true. */
export function beginMade(): bool {
  size = 0;
  return true;
}

/** Puts a text behind what is there; false where there is no room. */
export function addMade(text: usize, textSize: u32): bool {
  if (textSize > MAX_TEXT - size) return false;
  memory.copy(ROOM + size, text, textSize);
  size += textSize;
  return true;
}

/** As `addMade`, for what an expression comes to. False where it erred: call it right behind the expression. */
export function addMadeText(value: Text): bool {
  return !failed() && addMade(pointerOf(value), sizeOf(value));
}

/** As `addMadeText`, for a number. */
export function addMadeNumber(value: i64): bool {
  if (failed() || size > MAX_TEXT - NUMBER_MAX) return false;
  let magnitude = <u64>value;
  if (value < 0) {
    store<u8>(ROOM + size, MINUS);
    size++;
    magnitude = 0 - magnitude;
  }
  size += writeDecimal(ROOM + size, magnitude);
  return true;
}

/** Whether the value can be a header's: nothing in it ends a line, and no white space stands at its ends. */
export function endMade(): bool {
  if (size == 0) return true;
  if (isBlank(load<u8>(ROOM)) || isBlank(load<u8>(ROOM + size - 1))) return false;
  for (let i: u32 = 0; i < size; i++) {
    const byte = <u32>load<u8>(ROOM + i);
    if ((byte < SPACE && byte != TAB) || byte == DELETE) return false;
  }
  return true;
}

function isBlank(byte: u32): bool {
  return byte == SPACE || byte == TAB;
}
