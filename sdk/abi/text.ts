// How texts and bytes become the pointer and the size that host functions take. Strings are encoded into the arena, which
// is taken back when the next callback begins; bytes are passed where they lie.
import { Bytes } from "../bytes";
import { allocate, shrink } from "./arena";

let size: u32 = 0;

/**
 * The address of the bytes that `value` stands for; `textSize` then tells how many. `value` is a `string` (its UTF-8), a
 * `Bytes`, an `ArrayBuffer`, a `Uint8Array`, or a `StaticArray<u8>`.
 */
export function textPointer<T>(value: T): usize {
  if (isNullable<T>()) {
    // A text that is not there has no bytes. So that one that was looked at can be handed on.
    size = 0;
    return value ? textPointer<nonnull<T>>(value) : 0;
  }
  if (isString<T>()) return encode(changetype<string>(value));
  if (isReference<T>()) {
    if (value instanceof Bytes) {
      size = value.size;
      return value.pointer;
    }
    if (value instanceof Uint8Array) {
      size = value.byteLength;
      return value.dataStart;
    }
    if (value instanceof ArrayBuffer) {
      size = value.byteLength;
      return changetype<usize>(value);
    }
    // @ts-expect-error asc wants the type argument that TypeScript does not allow
    if (value instanceof StaticArray<u8>) {
      size = value.length;
      return changetype<usize>(value);
    }
  }
  ERROR("a string, Bytes, ArrayBuffer, Uint8Array or StaticArray<u8> is wanted here");
  return 0;
}

/** How many bytes the last `textPointer` meant. */
export function textSize(): u32 {
  return size;
}

function encode(text: string): usize {
  const length = text.length;
  size = 0;
  if (length == 0) return 0;
  // Three bytes for each UTF-16 unit are always enough; four only ever stand for two units.
  const start = allocate(<usize>length * 3);
  if (start == 0) return 0;
  size = encodeAscii(changetype<usize>(text), length, start)
    ? <u32>length
    : <u32>(
        String.UTF8.encodeUnsafe(changetype<usize>(text), length, start, false, String.UTF8.ErrorMode.REPLACE)
      );
  shrink(start, size);
  return start;
}

/** As most texts are: asc's encoder, made for those that are not, takes longer. False where this one is not ASCII. */
function encodeAscii(text: usize, length: usize, to: usize): bool {
  const end = to + length;
  while (to < end) {
    const unit = <u32>load<u16>(text);
    if (unit > 0x7f) return false;
    store<u8>(to, unit);
    text += 2;
    to++;
  }
  return true;
}
