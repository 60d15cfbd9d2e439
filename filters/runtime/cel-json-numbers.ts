// Conversions of JSON values, whatever they turn out to be.
import { pointerOf, sizeOf, Text } from "./cel-text";
import { fail } from "./cel-failure";
import { jsonBool, jsonNumber, jsonText } from "./cel-json";
import {
  boolOfText,
  doubleOfText,
  intOfDouble,
  intOfText,
  textOfBool,
  textOfInt,
  uintOfDouble,
  uintOfText,
} from "./cel-numbers";

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

export function boolOfJson(json: Text): bool {
  return isString(json) ? boolOfText(jsonText(json)) : jsonBool(json);
}

/** Numbers only where they are whole and exact: how others are written is a matter of taste. */
export function textOfJson(json: Text): Text {
  const kind = sizeOf(json) == 0 ? 0 : load<u8>(pointerOf(json));
  if (kind == 0x22) return jsonText(json);
  if (kind == 0x74 || kind == 0x66) return textOfBool(kind == 0x74);
  const number = jsonNumber(json);
  return number >= -9007199254740992.0 && number <= 9007199254740992.0 && trunc<f64>(number) == number
    ? textOfInt(<i64>number)
    : fail();
}
