// What a CEL expression comes to as a part of a key.
import { failed } from "../cel-failure";
import { pointerOf, sizeOf, Text } from "../cel-text";
import { mix } from "../hash";
import { addText } from "../limit-key";

/** Adds a text to a key; all errors are the same. Call it right behind the expression. */
export function addValue(key: u64, value: Text): u64 {
  return failed() ? mix(key + 3) : addText(key, pointerOf(value), sizeOf(value));
}
