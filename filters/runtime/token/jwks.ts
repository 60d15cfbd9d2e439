// A JWK Set (RFC 7517) that came over the network, made into a key set as `key-set.ts` reads it. A key that is not meant
// for checking signatures by one of our algorithms is left out, and so is one that is broken or weak: an issuer may
// publish keys for others.
import { same } from "../bytes";
import { algorithmOf, ES256, ES384, HS256, RS256, RS384, RS512 } from "./algorithm";
import { decodeBase64url, decodedSize } from "./base64url";
import {
  beginJson,
  JSON_ARRAY,
  JSON_ARRAY_END,
  JSON_END,
  JSON_NAME,
  JSON_OBJECT,
  JSON_OBJECT_END,
  JSON_STRING,
  jsonText,
  jsonTextSize,
  nextJson,
  skipJson,
} from "./json";
import { isRoca } from "./roca";
import { EC_KEY_MAX, RSA_KEY_FRAME, writeEcKey, writeRsaKey } from "./spki";

/** The longest JWK Set that is read, in bytes. */
export const JWKS_BYTES_MAX: u32 = 65536;
/** The most keys of use that a set may have. */
export const KEYS_MAX: u32 = 64;

const KEYS: usize = 4;
const KEY_BYTES: u32 = 20;
/** Where the bytes begin: behind as many keys as there may be. */
const HEAD_BYTES: u32 = 1284;

const MODULUS_MIN: u32 = 256;
const MODULUS_MAX: u32 = 2048;
/** The host takes exponents of up to 33 bits. */
const EXPONENT_MAX: u32 = 4;

// The members of a JWK that matter; each is {pointer, size}, 0 where it is not there.
const KTY: u32 = 0;
const USE: u32 = 1;
const ALG: u32 = 2;
const KID: u32 = 3;
const CRV: u32 = 4;
const N: u32 = 5;
const E: u32 = 6;
const X: u32 = 7;
const Y: u32 = 8;
/** Where there is a private part, somebody has published it. */
const D: u32 = 9;
const KEY_OPS: u32 = 10;
const OTHER: u32 = 11;
const MEMBERS: usize = memory.data(88, 4);
const MEMBERS_BYTES: usize = 88;

// Their names: "kty", "use", "alg", "kid", "crv", "n", "e", "x", "y", "d", each in a word, and "key_ops".
const NAMES: usize = memory.data<u32>([
  0x79746b, 0x657375, 0x676c61, 0x64696b, 0x767263, 0x6e, 0x65, 0x78, 0x79, 0x64,
]);
const NAMES_COUNT: u32 = 10;
// "key_ops", "verify", "keys"
const KEY_OPS_NAME: usize = memory.data<u8>([107, 101, 121, 95, 111, 112, 115]);
const VERIFY: usize = memory.data<u8>([118, 101, 114, 105, 102, 121]);
const KEYS_NAME: u32 = 0x7379656b;
// "P-25", "P-38", "sig", "RSA", "EC"
const P_25: u32 = 0x35322d50;
const P_38: u32 = 0x38332d50;
const SIG: u32 = 0x676973;
const RSA: u32 = 0x415352;
const EC: u32 = 0x4345;

const NUMBERS: usize = memory.data(2056, 8);

let set: usize = 0;
let limit: u32 = 0;
let used: u32 = 0;
let verifies: bool = false;
let repeated: bool = false;
let full: bool = false;

/**
 * Makes a key set of a JWK Set, whose text is changed by it, in `capacity` bytes at `to`. Answers how many bytes it takes; 0 where it is no JWK
 * Set, has no key of use, or more than there is room for.
 */
export function readKeySet(json: usize, size: u32, to: usize, capacity: u32): u32 {
  if (size > JWKS_BYTES_MAX || capacity < HEAD_BYTES) return 0;
  set = to;
  limit = capacity;
  used = HEAD_BYTES;
  full = false;
  memory.fill(to, 0, HEAD_BYTES);
  beginJson(json, size);
  if (nextJson() != JSON_OBJECT || !readSet() || nextJson() != JSON_END) return 0;
  return full || load<u32>(set) == 0 ? 0 : used;
}

/** Reads the outer object: `keys`, once, and whatever else. */
function readSet(): bool {
  let met = false;
  let piece = nextJson();
  while (piece == JSON_NAME) {
    const keys = jsonTextSize() == 4 && load<u32>(jsonText()) == KEYS_NAME;
    piece = nextJson();
    if (keys) {
      if (met || piece != JSON_ARRAY || !readKeys()) return false;
      met = true;
    } else if (!skipJson(piece)) {
      return false;
    }
    piece = nextJson();
  }
  return met && piece == JSON_OBJECT_END;
}

function readKeys(): bool {
  let piece = nextJson();
  while (piece != JSON_ARRAY_END) {
    if (piece == JSON_OBJECT) {
      if (!readKey()) return false;
    } else if (!skipJson(piece)) {
      return false;
    }
    piece = nextJson();
  }
  return true;
}

/** Reads a key that has begun and adds it where it is of use. False where the text is no JSON. */
function readKey(): bool {
  memory.fill(MEMBERS, 0, MEMBERS_BYTES);
  verifies = false;
  repeated = false;
  let piece = nextJson();
  while (piece == JSON_NAME) {
    if (!readMember(memberRead())) return false;
    piece = nextJson();
  }
  if (piece != JSON_OBJECT_END) return false;
  if (!repeated) addKey();
  return true;
}

function readMember(member: u32): bool {
  const piece = nextJson();
  if (member == OTHER) return skipJson(piece);
  if (has(member)) repeated = true;
  if (member == KEY_OPS && piece == JSON_ARRAY) {
    note(KEY_OPS, 1, 0);
    return readOperations();
  }
  // What is no text is taken for a text that fits nothing, not for absent.
  if (piece != JSON_STRING) {
    note(member, 1, 0);
    if (member == KID) repeated = true;
    return skipJson(piece);
  }
  note(member, jsonText(), jsonTextSize());
  return true;
}

function readOperations(): bool {
  let piece = nextJson();
  while (piece != JSON_ARRAY_END) {
    if (piece == JSON_STRING && jsonTextSize() == 6 && same(jsonText(), VERIFY, 6)) verifies = true;
    if (!skipJson(piece)) return false;
    piece = nextJson();
  }
  return true;
}

/** Which member the name that was just read is. */
function memberRead(): u32 {
  const size = jsonTextSize();
  if (size == 7 && same(jsonText(), KEY_OPS_NAME, 7)) return KEY_OPS;
  const word = smallWord(jsonText(), size);
  for (let i: u32 = 0; i < NAMES_COUNT; i++) {
    if (word == load<u32>(NAMES + ((<usize>i) << 2))) return i;
  }
  return OTHER;
}

function addKey(): void {
  if (has(D) || (has(USE) && wordOf(USE) != SIG) || (has(KEY_OPS) && !verifies)) return;
  const type = wordOf(KTY);
  if (type == RSA) addRsaKey();
  else if (type == EC) addEcKey();
}

function addRsaKey(): void {
  const algorithms = narrowed(RS256 | RS384 | RS512);
  const modulusChars = sizeOf(N);
  const exponentChars = sizeOf(E);
  if (algorithms == 0 || modulusChars == 0 || exponentChars == 0) return;
  // A zero or two in front of the modulus are against the standard, and met with.
  let modulusSize = decodedSize(modulusChars);
  let exponentSize = decodedSize(exponentChars);
  if (modulusSize > MODULUS_MAX + 2 || exponentSize > EXPONENT_MAX) return;
  let modulus = NUMBERS;
  let exponent = NUMBERS + modulusSize;
  if (!decodeBase64url(pointerTo(N), modulusChars, modulus)) return;
  if (!decodeBase64url(pointerTo(E), exponentChars, exponent)) return;
  while (modulusSize != 0 && load<u8>(modulus) == 0) {
    modulus++;
    modulusSize--;
  }
  while (exponentSize != 0 && load<u8>(exponent) == 0) {
    exponent++;
    exponentSize--;
  }
  if (modulusSize < MODULUS_MIN || modulusSize > MODULUS_MAX || exponentSize == 0) return;
  // 2,048 bits, not 2,041; what is even is no product of odd primes, nor prime to one.
  if (modulusSize == MODULUS_MIN && load<u8>(modulus) < 0x80) return;
  if ((load<u8>(modulus + modulusSize - 1) & 1) == 0 || (load<u8>(exponent + exponentSize - 1) & 1) == 0)
    return;
  if ((exponentSize == 1 && load<u8>(exponent) == 1) || isRoca(modulus, modulusSize)) return;
  const kidSize = sizeOf(KID);
  const key = reserveKey(RSA_KEY_FRAME + modulusSize + exponentSize + kidSize);
  if (key != 0)
    finishKey(key, algorithms, writeRsaKey(set + used, modulus, modulusSize, exponent, exponentSize));
}

function addEcKey(): void {
  if (sizeOf(CRV) != 5) return;
  const curve = load<u32>(pointerTo(CRV));
  const last = load<u8>(pointerTo(CRV), 4);
  let size: u32;
  if (curve == P_25 && last == 0x36) size = 32;
  else if (curve == P_38 && last == 0x34) size = 48;
  else return;
  const algorithms = narrowed(size == 32 ? ES256 : ES384);
  if (algorithms == 0 || decodedSize(sizeOf(X)) != size || decodedSize(sizeOf(Y)) != size) return;
  if (!decodeBase64url(pointerTo(X), sizeOf(X), NUMBERS)) return;
  if (!decodeBase64url(pointerTo(Y), sizeOf(Y), NUMBERS + size)) return;
  const key = reserveKey(EC_KEY_MAX + sizeOf(KID));
  if (key != 0) finishKey(key, algorithms, writeEcKey(set + used, NUMBERS, size));
}

/** Of a type's algorithms those that the key is for: its `alg`, or all. */
function narrowed(algorithms: u32): u32 {
  return has(ALG) ? algorithms & algorithmOf(pointerTo(ALG), sizeOf(ALG)) : algorithms;
}

/** The next key's place, if there is one and room for `size` bytes more; 0 and `full` else. */
function reserveKey(size: u32): usize {
  const keys = load<u32>(set);
  if (keys == KEYS_MAX || size > limit - used) {
    full = true;
    return 0;
  }
  store<u32>(set, keys + 1);
  return set + KEYS + <usize>(keys * KEY_BYTES);
}

/** Notes a key whose `size` bytes have been written, and its `kid` behind them. */
function finishKey(key: usize, algorithms: u32, size: u32): void {
  store<u32>(key, algorithms, 8);
  store<u32>(key, used, 12);
  store<u32>(key, size, 16);
  used += size;
  if (!has(KID)) return;
  memory.copy(set + used, pointerTo(KID), sizeOf(KID));
  store<u32>(key, used);
  store<u32>(key, sizeOf(KID), 4);
  used += sizeOf(KID);
}

function note(member: u32, pointer: usize, size: u32): void {
  store<usize>(MEMBERS + ((<usize>member) << 3), pointer);
  store<u32>(MEMBERS + ((<usize>member) << 3), size, 4);
}

function has(member: u32): bool {
  return pointerTo(member) != 0;
}

function pointerTo(member: u32): usize {
  return load<usize>(MEMBERS + ((<usize>member) << 3));
}

function sizeOf(member: u32): u32 {
  return load<u32>(MEMBERS + ((<usize>member) << 3), 4);
}

function wordOf(member: u32): u32 {
  return smallWord(pointerTo(member), sizeOf(member));
}

/** A text of up to three bytes as a word; 0 for others, and for those with a NUL in them. */
function smallWord(pointer: usize, size: u32): u32 {
  if (size == 0 || size > 3) return 0;
  let word: u32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    const byte = <u32>load<u8>(pointer + i);
    if (byte == 0) return 0;
    word |= byte << (i << 3);
  }
  return word;
}
