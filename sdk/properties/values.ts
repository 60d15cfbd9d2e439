// What the bytes of a value mean whose type only its writer knows: metadata, filter state, what CEL came to.
import { Bytes } from "../bytes";

/** The floating-point number in a value; `otherwise` where there is none. Every number in metadata is one. */
export function toDouble(value: Bytes | null, otherwise: f64 = 0): f64 {
  return value !== null && value.size == 8 ? load<f64>(value.pointer) : otherwise;
}

/** The whole number in a value, or its time or duration in nanoseconds; `otherwise` where there is none. */
export function toInteger(value: Bytes | null, otherwise: i64 = -1): i64 {
  return value !== null && value.size == 8 ? load<i64>(value.pointer) : otherwise;
}

/** The truth in a value; `otherwise` where there is none. */
export function toBoolean(value: Bytes | null, otherwise: bool = false): bool {
  return value !== null && value.size == 1 ? load<u8>(value.pointer) != 0 : otherwise;
}
