// What the log says where a configuration is refused. Values are never written: they may be secrets.
import { proxy_log } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { LogLevel } from "proxy-wasm-assemblyscript-sdk/abi/numbers";

// "tollgate: there is no parameter `"
const BEGIN: usize = memory.data<u8>([
  116, 111, 108, 108, 103, 97, 116, 101, 58, 32, 116, 104, 101, 114, 101, 32, 105, 115, 32, 110, 111, 32, 112,
  97, 114, 97, 109, 101, 116, 101, 114, 32, 96,
]);
const BEGIN_SIZE: u32 = 33;
const NAME_MOST: u32 = 64;
const TEXT_MOST: u32 = 8192;
const LINE: usize = memory.data(8289);

/** Says what is wrong. False: the configuration is refused, whatever the host makes of the line. */
export function refuseParameter(text: usize, size: u32): bool {
  proxy_log(LogLevel.Error, text, size);
  return false;
}

/** Says that there is no parameter of a name, and goes on with a text. False. */
export function refuseUnknown(name: usize, nameSize: u32, rest: usize, restSize: u32): bool {
  const shown = min(nameSize, NAME_MOST);
  const behind = min(restSize, TEXT_MOST);
  memory.copy(LINE, BEGIN, BEGIN_SIZE);
  let at = LINE + BEGIN_SIZE;
  for (let i: u32 = 0; i < shown; i++) {
    const byte = load<u8>(name + i);
    store<u8>(at++, byte - 0x20 < 0x5f ? byte : 0x3f);
  }
  memory.copy(at, rest, behind);
  return refuseParameter(LINE, <u32>(at - LINE) + behind);
}
