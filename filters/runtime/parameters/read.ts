// Reading the plugin configuration: `{"parameters": {"burst": 30}}`, or nothing at all. The emitted filter asks for one name
// after the other, and says of each what its value must be. Nothing of a configuration is believed before all of it was read.
import { proxy_get_buffer_bytes } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Buffer, Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import {
  beginJson,
  JSON_END,
  JSON_NAME,
  JSON_NUMBER,
  JSON_OBJECT,
  JSON_OBJECT_END,
  JSON_STRING,
  jsonText,
  jsonTextSize,
  nextJson,
} from "../token/json";
import { durationIn } from "./duration";
import { refuseParameter, refuseUnknown } from "./refuse";

/** The largest number that a double, and so JSON, surely tells apart from the next. */
const MOST: u64 = 9007199254740991;

// "parameters"
const PARAMETERS: usize = memory.data<u8>([112, 97, 114, 97, 109, 101, 116, 101, 114, 115]);
const PARAMETERS_SIZE: u32 = 10;
// "tollgate: the configuration must be an object in JSON, whose `parameters` are an object of names and values, as a google.protobuf.StringValue"
const NO_CONFIGURATION: usize = memory.data<u8>([
  116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 32, 99, 111, 110, 102, 105, 103, 117, 114, 97,
  116, 105, 111, 110, 32, 109, 117, 115, 116, 32, 98, 101, 32, 97, 110, 32, 111, 98, 106, 101, 99, 116, 32,
  105, 110, 32, 74, 83, 79, 78, 44, 32, 119, 104, 111, 115, 101, 32, 96, 112, 97, 114, 97, 109, 101, 116, 101,
  114, 115, 96, 32, 97, 114, 101, 32, 97, 110, 32, 111, 98, 106, 101, 99, 116, 32, 111, 102, 32, 110, 97, 109,
  101, 115, 32, 97, 110, 100, 32, 118, 97, 108, 117, 101, 115, 44, 32, 97, 115, 32, 97, 32, 103, 111, 111,
  103, 108, 101, 46, 112, 114, 111, 116, 111, 98, 117, 102, 46, 83, 116, 114, 105, 110, 103, 86, 97, 108, 117,
  101,
]);
const NO_CONFIGURATION_SIZE: u32 = 141;

const ANSWER: usize = memory.data(8, 4);

let open: bool = false;
let readable: bool = false;
let name: usize = 0;
let nameSize: u32 = 0;
/** A bit for each parameter that was given. */
let given: u64 = 0;
/** Whether the last one was given before. */
let twice: bool = false;

/** Starts on the configuration of a plugin, which has so many bytes; call it when it is configured. */
export function beginParameters(size: u32): void {
  given = 0;
  open = false;
  readable = size == 0;
  if (readable) return;
  if (proxy_get_buffer_bytes(Buffer.PluginConfiguration, 0, size, ANSWER, ANSWER + 4) != Status.Ok) return;
  beginJson(load<usize>(ANSWER), load<u32>(ANSWER, 4));
  if (nextJson() != JSON_OBJECT) return;
  const kind = nextJson();
  if (kind == JSON_OBJECT_END) readable = nextJson() == JSON_END;
  if (kind != JSON_NAME || !isName(jsonText(), jsonTextSize(), PARAMETERS, PARAMETERS_SIZE)) return;
  open = nextJson() == JSON_OBJECT;
}

/** Goes on to the next parameter, whose value is then to be read. */
export function nextParameter(): bool {
  if (!open) return false;
  const kind = nextJson();
  if (kind == JSON_NAME) {
    name = jsonText();
    nameSize = jsonTextSize();
    return true;
  }
  open = false;
  readable = kind == JSON_OBJECT_END && nextJson() == JSON_OBJECT_END && nextJson() == JSON_END;
  return false;
}

/** Whether all was read, and was well-formed; where not, the log says so. */
export function endParameters(): bool {
  return readable || refuseParameter(NO_CONFIGURATION, NO_CONFIGURATION_SIZE);
}

/** Whether the parameter has this name. `number`: its own, up to 63. */
export function parameterIs(number: u32, wanted: usize, wantedSize: u32): bool {
  if (!isName(name, nameSize, wanted, wantedSize)) return false;
  const bit = (<u64>1) << (<u64>number);
  twice = (given & bit) != 0;
  given |= bit;
  return true;
}

/** Whether a parameter was given. */
export function wasGiven(number: u32): bool {
  return (given & ((<u64>1) << (<u64>number))) != 0;
}

/** Reports that no parameter has the name; `known`: the text behind it. False. */
export function unknownParameter(known: usize, knownSize: u32): bool {
  return refuseUnknown(name, nameSize, known, knownSize);
}

/** Reads a whole number, written in digits, within its bounds. */
export function readInteger(at: usize, least: u64, most: u64): bool {
  if (nextJson() != JSON_NUMBER || twice) return false;
  let p = jsonText();
  const end = p + jsonTextSize();
  let number: u64 = 0;
  while (p < end && <u32>load<u8>(p) - 0x30 < 10) {
    number = number * 10 + (<u64>load<u8>(p) - 0x30);
    if (number > MOST) return false;
    p++;
  }
  // `30.0` is the same number to JSON.
  if (p < end && p != jsonText() && load<u8>(p) == 0x2e) {
    p++;
    while (p < end && load<u8>(p) == 0x30) p++;
  }
  if (p != end || number < least || number > most) return false;
  store<u64>(at, number);
  return true;
}

/** Reads a text of at most so many bytes: {u32 size, bytes}. */
export function readText(at: usize, most: u32): bool {
  if (nextJson() != JSON_STRING || twice || jsonTextSize() > most) return false;
  setText(at, jsonText(), jsonTextSize());
  return true;
}

/** Reads a duration: {u64 nanoseconds, u32 size, bytes as it was written}. */
export function readDuration(at: usize, longestText: u32): bool {
  if (!readText(at + 8, longestText)) return false;
  const duration = durationIn(at + 12, load<u32>(at, 8));
  store<u64>(at, duration);
  return duration != 0;
}

/** Writes a text: {u32 size, bytes}. */
export function setText(at: usize, text: usize, size: u32): void {
  store<u32>(at, size);
  memory.copy(at + 4, text, size);
}

function isName(text: usize, size: u32, wanted: usize, wantedSize: u32): bool {
  return size == wantedSize && memory.compare(text, wanted, size) == 0;
}
