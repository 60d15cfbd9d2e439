// Compression by the host: zlib's format (RFC 1950), which HTTP calls `deflate`.
import { Bytes } from "../bytes";
import { callForeignFunction } from "./call";

/** The bytes compressed, until the callback returns; null where the host cannot (`lastStatus()`). */
export function compress<T>(plain: T): Bytes | null {
  return callForeignFunction("compress", plain);
}

/**
 * What was compressed, until the callback returns; null where the bytes are not zlib's (`SerializationFailure`) or
 * there is no room for the result. A thousand times as much as there was before can come of it, and nothing bounds
 * that: take compressed bytes from those only whom you trust with the proxy's memory.
 */
export function uncompress<T>(packed: T): Bytes | null {
  return callForeignFunction("uncompress", packed);
}
