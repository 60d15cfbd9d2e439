// Predicates over the values of a slot. Each holds when any value satisfies it, so a repeated header cannot hide a value
// behind another (unless the proxy has joined them to one, as Envoy does with `user-agent` and others); "not" is written
// around the call.
import { same, sameIgnoringCase } from "./bytes";
import { firstValue, nextValue, valuePointer, valueSize } from "./request";

/** The header is there, with whatever value. */
export function isPresent(slot: u32): bool {
  return firstValue(slot) != 0;
}

/** The header is there and not empty. */
export function isNotEmpty(slot: u32): bool {
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    if (valueSize(v) != 0) return true;
  }
  return false;
}

/** A value is exactly these bytes. */
export function is(slot: u32, literal: usize, size: u32): bool {
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    if (valueSize(v) == size && same(valuePointer(v), literal, size)) return true;
  }
  return false;
}

/** A value begins with these bytes. */
export function startsWith(slot: u32, literal: usize, size: u32): bool {
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    if (valueSize(v) >= size && same(valuePointer(v), literal, size)) return true;
  }
  return false;
}

/** A value ends with these bytes. */
export function endsWith(slot: u32, literal: usize, size: u32): bool {
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    const length = valueSize(v);
    if (length >= size && same(valuePointer(v) + (length - size), literal, size)) return true;
  }
  return false;
}

/** As `is`, ASCII case aside; the literal is lower-case. */
export function isIgnoringCase(slot: u32, lower: usize, size: u32): bool {
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    if (valueSize(v) == size && sameIgnoringCase(valuePointer(v), lower, size)) return true;
  }
  return false;
}

/** As `startsWith`, ASCII case aside; the literal is lower-case. */
export function startsWithIgnoringCase(slot: u32, lower: usize, size: u32): bool {
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    if (valueSize(v) >= size && sameIgnoringCase(valuePointer(v), lower, size)) return true;
  }
  return false;
}

/** As `endsWith`, ASCII case aside; the literal is lower-case. */
export function endsWithIgnoringCase(slot: u32, lower: usize, size: u32): bool {
  for (let v = firstValue(slot); v != 0; v = nextValue(v)) {
    const length = valueSize(v);
    if (length >= size && sameIgnoringCase(valuePointer(v) + (length - size), lower, size)) return true;
  }
  return false;
}
