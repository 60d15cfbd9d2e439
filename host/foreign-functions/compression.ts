/** `compress` and `uncompress`: zlib's format. */
import { deflateSync, inflateSync } from "node:zlib";
import { Status } from "../abi.ts";

export function compress(plain: Uint8Array): Uint8Array {
  return deflateSync(plain);
}

export function uncompress(packed: Uint8Array): Uint8Array | number {
  try {
    return inflateSync(packed);
  } catch {
    return Status.SerializationFailure;
  }
}
