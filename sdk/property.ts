// Properties by path. `properties/` has an accessor for each that Envoy documents.
import { ANSWER, answerPointer, answerSize, keep, succeeded } from "./abi/answer";
import { proxy_get_property, proxy_set_property } from "./abi/env";
import { Status } from "./abi/numbers";
import { textPointer, textSize } from "./abi/text";
import { Bytes } from "./bytes";

/**
 * A property's bytes, or null where it has no value here (`lastStatus()` is `NotFound`). The segments of `path` are parted
 * by NUL: `"request\0headers\0x-user"`. Strings come as their bytes, numbers as eight bytes, truth values as one. Costs as
 * much as reading all headers. Allocates the view.
 */
export function getProperty<T>(path: T): Bytes | null {
  const pointer = textPointer(path);
  if (!succeeded(proxy_get_property(pointer, textSize(), ANSWER, ANSWER + 4))) return null;
  return Bytes.view(answerPointer(), answerSize());
}

/** A property that is a number (int, uint, timestamp or duration in nanoseconds); `otherwise` where it has no value here. */
export function getIntegerProperty<T>(path: T, otherwise: i64): i64 {
  const pointer = textPointer(path);
  if (!succeeded(proxy_get_property(pointer, textSize(), ANSWER, ANSWER + 4))) return otherwise;
  return answerSize() == 8 ? load<i64>(answerPointer()) : otherwise;
}

/** A property that is a floating-point number; `otherwise` where it has no value here. */
export function getDoubleProperty<T>(path: T, otherwise: f64): f64 {
  const pointer = textPointer(path);
  if (!succeeded(proxy_get_property(pointer, textSize(), ANSWER, ANSWER + 4))) return otherwise;
  return answerSize() == 8 ? load<f64>(answerPointer()) : otherwise;
}

/** A property that is true or false; `otherwise` where it has no value here. */
export function getBooleanProperty<T>(path: T, otherwise: bool): bool {
  const pointer = textPointer(path);
  if (!succeeded(proxy_get_property(pointer, textSize(), ANSWER, ANSWER + 4))) return otherwise;
  return answerSize() == 1 ? load<u8>(answerPointer()) != 0 : otherwise;
}

/**
 * Sets a property of the stream. Envoy keeps it as filter state under `wasm.<path>`; it can be read back by `path`. The
 * path is one segment, without NUL: what is set under several cannot be read.
 */
export function setProperty<P, V>(path: P, value: V): Status {
  const pathAt = textPointer(path);
  const pathSize = textSize();
  const valueAt = textPointer(value);
  return keep(proxy_set_property(pathAt, pathSize, valueAt, textSize()));
}
