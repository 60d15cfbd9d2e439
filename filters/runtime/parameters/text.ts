// Texts that values are a part of: {u32 size, bytes}, put together piece by piece.
import { writeDecimal } from "../decimal";

const SIZE_BYTES: usize = 4;

/** Starts on a text. */
export function beginText(at: usize): void {
  store<u32>(at, 0);
}

export function addBytes(at: usize, text: usize, size: u32): void {
  memory.copy(endOf(at), text, size);
  store<u32>(at, load<u32>(at) + size);
}

export function addDecimal(at: usize, number: u64): void {
  store<u32>(at, load<u32>(at) + writeDecimal(endOf(at), number));
}

function endOf(at: usize): usize {
  return at + SIZE_BYTES + load<u32>(at);
}
