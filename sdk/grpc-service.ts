// Which service a gRPC call goes to.
import { allocate } from "./abi/arena";
import { textPointer, textSize } from "./abi/text";

let size: u32 = 0;

/**
 * A cluster as a serialised `envoy.config.core.v3.GrpcService` { envoy_grpc 1: { cluster_name 1 } }, until the callback
 * returns; `grpcServiceSize` then tells how long it is. The host would take a bare name too, but tries to read it as such a
 * message first, and Envoy dies of names that happen to be one ("empty", or none at all).
 */
export function grpcService(cluster: string): usize {
  const name = textPointer(cluster);
  const nameSize = textSize();
  const inner = 1 + varintSize(nameSize) + nameSize;
  size = 1 + varintSize(inner) + inner;
  const start = allocate(size);
  if (start == 0) {
    size = 0;
    return 0;
  }
  let at = field(start, inner);
  at = field(at, nameSize);
  memory.copy(at, name, nameSize);
  return start;
}

/** How many bytes the last `grpcService` wrote. */
export function grpcServiceSize(): u32 {
  return size;
}

/** Writes the tag of a field 1 with a length, and says where its bytes go. */
function field(at: usize, length: u32): usize {
  store<u8>(at++, 0x0a);
  while (length > 0x7f) {
    store<u8>(at++, length | 0x80);
    length >>>= 7;
  }
  store<u8>(at, length);
  return at + 1;
}

function varintSize(value: u32): u32 {
  let bytes: u32 = 1;
  while (value > 0x7f) {
    value >>>= 7;
    bytes++;
  }
  return bytes;
}
