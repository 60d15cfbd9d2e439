// One entry of the proxy's shared data, read and then written only if nobody has written it since.
//
// The proxy numbers all writes one after the other (`cas`), and a write that names a number succeeds only where that is
// the entry's, but for two cases: 0 is never compared, and an entry that is not there yet takes any number. So two workers
// that both found nothing must name a number that neither of them can have given the entry: then the second fails. Such a
// number is one that another entry has. Before it creates an entry a worker writes the entry `turn` and takes the number of
// that write, which is fresh. Like any compare and swap this holds as long as fewer than 2^32 writes pass in between.
import { allocate, shrink } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { proxy_get_shared_data, proxy_set_shared_data } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";

/** `tollgate.turn` */
const TURN: usize = memory.data<u8>([116, 111, 108, 108, 103, 97, 116, 101, 46, 116, 117, 114, 110]);
const TURN_BYTES: u32 = 13;

const ANSWER: usize = memory.data(12, 8);

let value: usize = 0;
let version: u32 = 0;

/**
 * A copy of an entry's value, of this many bytes; zeros where there is none, or one of another size. It lies in the arena
 * until `dropEntry`. 0: the proxy refused, or there is no memory.
 */
export function readEntry(name: usize, nameSize: u32, bytes: u32): usize {
  version = 0;
  value = 0;
  const status = proxy_get_shared_data(name, nameSize, ANSWER, ANSWER + 4, ANSWER + 8);
  if (status == Status.Ok) {
    version = load<u32>(ANSWER, 8);
    value = load<usize>(ANSWER);
    if (value != 0 && load<u32>(ANSWER, 4) == bytes) return value;
    dropEntry();
  } else if (status != Status.NotFound) {
    return 0;
  }
  value = allocate(bytes);
  if (value != 0) memory.fill(value, 0, bytes);
  return value;
}

/** The number of the write that was read; 0: there was none. */
export function entryVersion(): u32 {
  return version;
}

/** Writes the entry that was read last, unless somebody else has since: then `CasMismatch`. */
export function writeEntry(name: usize, nameSize: u32, bytes: u32): u32 {
  if (version == 0) version = freshVersion();
  if (version == 0) return Status.InternalFailure;
  return proxy_set_shared_data(name, nameSize, value, bytes, version);
}

/** Gives the copy's room in the arena back. */
export function dropEntry(): void {
  if (value != 0) shrink(value, 0);
  value = 0;
}

/** The number of a write of another entry; 0 where the proxy refused. */
function freshVersion(): u32 {
  if (proxy_set_shared_data(TURN, TURN_BYTES, 0, 0, 0) != Status.Ok) return 0;
  const status = proxy_get_shared_data(TURN, TURN_BYTES, ANSWER, ANSWER + 4, ANSWER + 8);
  return status == Status.Ok ? load<u32>(ANSWER, 8) : 0;
}
