// Conversions of JSON values: of numbers and of texts.
import { pointerOf, sizeOf, Text } from "./cel-text";
import { jsonNumber, jsonText } from "./cel-json";
import { doubleOfText, intOfDouble, intOfText, uintOfDouble, uintOfText } from "./cel-numbers";

function isString(json: Text): bool {
  return sizeOf(json) != 0 && load<u8>(pointerOf(json)) == 0x22;
}

export function intOfJson(json: Text): i64 {
  return isString(json) ? intOfText(jsonText(json)) : intOfDouble(jsonNumber(json));
}

export function uintOfJson(json: Text): u64 {
  return isString(json) ? uintOfText(jsonText(json)) : uintOfDouble(jsonNumber(json));
}

export function doubleOfJson(json: Text): f64 {
  return isString(json) ? doubleOfText(jsonText(json)) : jsonNumber(json);
}
