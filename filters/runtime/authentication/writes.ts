// Changes to the request's headers, made at once, or kept until it is known that the request goes on: where it may have to be
// decided again, its tokens must still be there.
import { HeaderMap } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { removeHeader, setHeader } from "../respond";

const WRITES_MAX: u32 = 64;
const WRITE_BYTES: usize = 20;
const WRITES: usize = memory.data(1280, 4);

let defers: bool = false;
let count: u32 = 0;

/** From here on changes are kept; what was kept before is forgotten. */
export function deferWrites(): void {
  defers = true;
  count = 0;
}

/** Makes the changes that were kept; false where the host refused one. */
export function writeDeferred(): bool {
  defers = false;
  for (let i: u32 = 0; i < count; i++) {
    const write = WRITES + <usize>i * WRITE_BYTES;
    const name = load<usize>(write);
    const size = load<u32>(write, 4);
    const value = load<usize>(write, 8);
    const done =
      load<u32>(write, 16) == 0
        ? removeHeader(HeaderMap.Request, name, size)
        : setHeader(HeaderMap.Request, name, size, value, load<u32>(write, 12));
    if (!done) return false;
  }
  return true;
}

/** Removes a header of the request. False: the host refused, or there is no room to keep it. */
export function removeLater(name: usize, size: u32): bool {
  return defers ? keep(name, size, 0, 0, 0) : removeHeader(HeaderMap.Request, name, size);
}

/** Sets a header of the request, whose value stays where it is. As `removeLater`. */
export function setLater(name: usize, size: u32, value: usize, valueSize: u32): bool {
  return defers
    ? keep(name, size, value, valueSize, 1)
    : setHeader(HeaderMap.Request, name, size, value, valueSize);
}

function keep(name: usize, size: u32, value: usize, valueSize: u32, sets: u32): bool {
  if (count == WRITES_MAX) return false;
  const write = WRITES + <usize>count * WRITE_BYTES;
  count++;
  store<usize>(write, name);
  store<u32>(write, size, 4);
  store<usize>(write, value, 8);
  store<u32>(write, valueSize, 12);
  store<u32>(write, sets, 16);
  return true;
}
