// Signatures by the host: RSA (PKCS #1 v1.5) and ECDSA, without big numbers in the filter.
import { textPointer, textSize } from "../abi/text";
import { Bytes } from "../bytes";
import { ProtoReader } from "../protobuf/reader";
import { ProtoWriter } from "../protobuf/writer";
import { callForeignFunction } from "./call";

const RESULT_FIELD: u32 = 1;
const DER_FIELD: u32 = 2;
/** How every key in DER begins, and none in PEM. */
const DER_SEQUENCE: u8 = 0x30;

/** What a text is hashed with before it is signed. */
export enum Hash {
  /** SHA-1. Broken; only for what nobody can choose. */
  Sha1,
  /** SHA-224. */
  Sha224,
  /** SHA-256: RS256 and ES256 of JSON web tokens. */
  Sha256,
  /** SHA-384: RS384 and ES384. */
  Sha384,
  /** SHA-512: RS512 and ES512. */
  Sha512,
}

const error = new Bytes();
const answered = new Bytes();

/**
 * Whether `signature` is that of `text` under a public key: false in every other case, and then `signatureError` says
 * why. The key is a SubjectPublicKeyInfo, RSA or EC, as PEM (`-----BEGIN PUBLIC KEY-----`) or DER. An ECDSA signature
 * is DER, too; what a JSON web token has goes through `derSignature` first.
 */
export function verifySignature<K, S, T>(hash: Hash, publicKey: K, signature: S, text: T): bool {
  error.clear();
  const argument = new ProtoWriter().string(1, nameOf(hash)).string(3, signature).string(4, text);
  putKey(argument, publicKey, 5);
  const answer = callForeignFunction("verify_signature", argument.bytes);
  return answer !== null && readAnswer(answer, 2);
}

/**
 * The signature of `text` under a private key, until the callback returns; null where there is none, and then
 * `signatureError` says why. The key is PKCS #8, RSA or EC, as PEM (`-----BEGIN PRIVATE KEY-----`) or DER. An ECDSA
 * signature is DER.
 */
export function sign<K, T>(hash: Hash, privateKey: K, text: T): Bytes | null {
  error.clear();
  const argument = new ProtoWriter().string(1, nameOf(hash)).string(3, text);
  putKey(argument, privateKey, 4);
  const answer = callForeignFunction("sign", argument.bytes);
  if (answer === null || !readAnswer(answer, 3)) return null;
  return answered.slice(0);
}

/**
 * The host's words on why the last `verifySignature` answered false or the last `sign` null. Empty where it has none:
 * the function is not there, or was given no key (`lastStatus()`). Valid until the callback returns.
 */
export function signatureError(): Bytes {
  return error;
}

function nameOf(hash: Hash): string {
  switch (hash) {
    case Hash.Sha1:
      return "sha1";
    case Hash.Sha224:
      return "sha224";
    case Hash.Sha256:
      return "sha256";
    case Hash.Sha384:
      return "sha384";
    case Hash.Sha512:
      return "sha512";
    default:
      // No hash of the host's: it refuses.
      return "";
  }
}

function putKey<K>(argument: ProtoWriter, key: K, pemField: u32): void {
  const pointer = textPointer(key);
  const size = textSize();
  // Without a key both fields stay unset, which the host refuses.
  if (size == 0) return;
  argument.string(load<u8>(pointer) == DER_SEQUENCE ? DER_FIELD : pemField, key);
}

/** Reads {result 1, …, error `errorField`}: whether it is a success. What else there is goes into `answered`. */
function readAnswer(answer: Bytes, errorField: u32): bool {
  let success: bool = false;
  answered.clear();
  const reader = new ProtoReader(answer);
  while (reader.next()) {
    const field = reader.field;
    const bytes = reader.bytes;
    if (field == RESULT_FIELD) success = reader.bool;
    else if (field == errorField) error.set(bytes.pointer, bytes.size);
    else answered.set(bytes.pointer, bytes.size);
  }
  return success && !reader.malformed;
}
