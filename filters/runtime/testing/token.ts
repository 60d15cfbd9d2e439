// AssemblyScript, for the tests of ../token.
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { readClaims } from "../token/claims";
import { verifyToken } from "../token/key-set";
import { readToken } from "../token/token";

export { allocate, resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export { decodeBase64url, decodedSize } from "../token/base64url";
export {
  claimIs,
  claimPointer,
  claimSize,
  claimSlot,
  claimTexts,
  expiryTime,
  findClaim,
  foundPointer,
  foundSize,
  isHeaderValue,
  isTimely,
  issuerIs,
  issuerPointer,
  issuerSize,
  readClaims,
  subjectPointer,
  subjectSize,
} from "../token/claims";
export { writeDerSignature } from "../token/ecdsa";
export { beginJson, jsonText, jsonTextSize, nextJson, skipJson } from "../token/json";
export { verifyToken } from "../token/key-set";
export { nanosecondsOf } from "../token/numeric-date";
export { keySetOf, replaceKeySet, reserveKeySet } from "../token/remote-key-set";
export { hmacSha256, sha256 } from "../token/sha256";
export { payloadPointer, payloadSize, payloadTextPointer, payloadTextSize, readToken } from "../token/token";
export { forgetTokens, knownToken, rememberToken, reserveTokens } from "../token/token-cache";
export { scratch } from "./scratch";

const SCRATCH: usize = memory.data(131072, 16);
const CACHE: usize = memory.data(24, 8);
const KEY_SET: usize = memory.data(16, 8);

/** 128 KiB for key sets and tables. */
export function roomForTables(): usize {
  return SCRATCH;
}

/** The bytes that name the cache. */
export function cache(): usize {
  return CACHE;
}

/** The bytes that name the remote key set. */
export function keySetState(): usize {
  return KEY_SET;
}

/** Whether a token's signature is good, as a request of its own. */
export function isSigned(pointer: usize, size: u32, set: usize): bool {
  resetArena();
  return readToken(pointer, size) && verifyToken(set);
}

/** Whether a token's claims are well-formed, as a request of its own. */
export function hasClaims(pointer: usize, size: u32, table: usize): bool {
  resetArena();
  return readToken(pointer, size) && readClaims(table);
}
