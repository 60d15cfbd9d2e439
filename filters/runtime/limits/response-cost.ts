// What a response says that its request costs.
import { proxy_get_header_map_pairs } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { HeaderMap, Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { same } from "../bytes";

const ANSWER: usize = memory.data(8, 4);

/** The most that a request may cost; larger numbers count as this one. */
const COST_MAX: u64 = 1000000000;
/** Of a response that does not say, or says what is no whole number. */
export const UNTOLD: u64 = 1;

let pairs: usize = 0;
let size: u32 = 0;

/** Reads the response's headers, in which `toldCost` then looks. */
export function readCosts(): void {
  pairs = 0;
  if (proxy_get_header_map_pairs(HeaderMap.Response, ANSWER, ANSWER + 4) != Status.Ok) return;
  pairs = load<usize>(ANSWER);
  size = load<u32>(ANSWER, 4);
}

/** The number in a header; of one that is repeated the largest. */
export function toldCost(name: usize, nameSize: u32): u64 {
  if (pairs == 0 || size < 4) return UNTOLD;
  const count = load<u32>(pairs);
  if (count > (size - 4) >>> 3) return UNTOLD;
  const end = pairs + size;
  let sizes = pairs + 4;
  let text = sizes + ((<usize>count) << 3);
  let told: u64 = 0;
  let found = false;
  for (let i: u32 = 0; i < count; i++, sizes += 8) {
    const n = load<u32>(sizes);
    const v = load<u32>(sizes, 4);
    if (<u64>n + <u64>v + 2 > <u64>(end - text)) break;
    if (n == nameSize && same(text, name, n)) {
      found = true;
      told = max(told, numberIn(text + n + 1, v));
    }
    text += <usize>n + v + 2;
  }
  return found ? told : UNTOLD;
}

function numberIn(text: usize, size: u32): u64 {
  if (size == 0) return UNTOLD;
  let number: u64 = 0;
  for (let i: u32 = 0; i < size; i++) {
    const digit = <u32>load<u8>(text + i) - 0x30;
    if (digit > 9) return UNTOLD;
    number = min(number * 10 + digit, COST_MAX);
  }
  return number;
}
