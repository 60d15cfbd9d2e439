// RSA and ECDSA signatures, checked by the host's foreign function `verify_signature`. Its argument is a protobuf message
// {hash 1, public key 2, signature 3, text 4}; the key goes last, so that another one can be tried on the same text.
import { allocate } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { proxy_call_foreign_function } from "proxy-wasm-assemblyscript-sdk/abi/env";
import { Status } from "proxy-wasm-assemblyscript-sdk/abi/numbers";

/** The largest public key, as a SubjectPublicKeyInfo: RSA of 16384 bits, the most that Envoy takes. */
export const PUBLIC_KEY_MAX: u32 = 2100;

// "verify_signature"
const FUNCTION: usize = memory.data<u8>([
  118, 101, 114, 105, 102, 121, 95, 115, 105, 103, 110, 97, 116, 117, 114, 101,
]);
const FUNCTION_SIZE: usize = 16;
const ANSWER: usize = memory.data(8, 4);

// Field numbers with the wire type of bytes.
const HASH: u8 = 0x0a;
const KEY: u8 = 0x12;
const SIGNATURE: u8 = 0x1a;
const TEXT: u8 = 0x22;
/** A field's tag and a size of up to three bytes. */
const FIELD: u32 = 4;
const HASH_FIELD: u32 = 8;
/** {result: true} and nothing else: an error has another field behind or instead. */
const GOOD: u16 = 0x0108;

let argument: usize = 0;
let keyField: usize = 0;

/** A hash as the host calls it: `sha` and three digits. */
export enum Hash {
  Sha256 = 0x363532,
  Sha384 = 0x343833,
  Sha512 = 0x323135,
}

/** States what is signed, and how it is hashed. False where there is no memory for it. */
export function beginSignature(
  hash: Hash,
  signature: usize,
  signatureSize: u32,
  text: usize,
  textSize: u32,
): bool {
  argument = allocate(HASH_FIELD + 3 * FIELD + signatureSize + textSize + PUBLIC_KEY_MAX);
  if (argument == 0) return false;
  // The hash's name: six bytes.
  store<u8>(argument, HASH);
  store<u8>(argument, 6, 1);
  store<u16>(argument, 0x6873, 2);
  store<u32>(argument, 0x61 | ((<u32>hash) << 8), 4);
  keyField = writeField(argument + HASH_FIELD, SIGNATURE, signature, signatureSize);
  keyField = writeField(keyField, TEXT, text, textSize);
  return true;
}

/**
 * Whether the signature is good under a key: a SubjectPublicKeyInfo in DER. A host that fails, does not know the function or
 * cannot read the key says no.
 */
export function isSignedBy(key: usize, size: u32): bool {
  if (size == 0 || size > PUBLIC_KEY_MAX) return false;
  const end = writeField(keyField, KEY, key, size);
  // A host that answers nothing leaves these as they are.
  store<u64>(ANSWER, 0);
  const status = proxy_call_foreign_function(
    FUNCTION,
    FUNCTION_SIZE,
    argument,
    end - argument,
    ANSWER,
    ANSWER + 4,
  );
  if (status != Status.Ok || load<u32>(ANSWER, 4) != 2) return false;
  const answer = load<usize>(ANSWER);
  return answer != 0 && load<u16>(answer) == GOOD;
}

/** Writes a field of bytes and answers where it ends. */
function writeField(to: usize, tag: u8, bytes: usize, size: u32): usize {
  store<u8>(to, tag);
  to++;
  let rest = size;
  while (rest > 0x7f) {
    store<u8>(to, <u8>(rest | 0x80));
    to++;
    rest >>>= 7;
  }
  store<u8>(to, <u8>rest);
  memory.copy(to + 1, bytes, size);
  return to + 1 + size;
}
