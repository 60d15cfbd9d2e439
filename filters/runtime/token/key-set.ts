// The keys of an issuer, and the current token's signature under them. A key set is one blob of bytes, made by the compiler
// or of a JWK Set that came over the network; the README says how it is laid out.
import { same } from "../bytes";
import { ES256, ES384, HS256, RS256, RS384 } from "./algorithm";
import { decodeBase64url, decodedSize } from "./base64url";
import { DER_SIGNATURE_MAX, writeDerSignature } from "./ecdsa";
import { readHeader, tokenAlgorithm, tokenKeyId, tokenKeyIdSize } from "./header";
import { DIGEST_BYTES, hmacSha256, sameDigest } from "./sha256";
import { beginSignature, Hash, isSignedBy } from "./signature";
import { signatureTextPointer, signatureTextSize, signedPointer, signedSize } from "./token";

/** How many keys are tried: what a client can make the proxy compute with a token of its own making. */
const TRIES_MAX: u32 = 8;
/** Keys for HMAC must be as long as its digest (RFC 7518, section 3.2). */
const SECRET_MIN: u32 = 32;
/** RSA of 16384 bits. */
const SIGNATURE_MAX: u32 = 2048;

const SIGNATURE: usize = memory.data(2048, 8);
const DER_SIGNATURE: usize = memory.data(<i32>DER_SIGNATURE_MAX, 8);
const DIGEST: usize = memory.data(32, 8);

// A key, in bytes from its start.
const KEYS: usize = 4;
const KEY_BYTES: usize = 20;
const KID: usize = 0;
const KID_SIZE: usize = 4;
const ALGORITHMS: usize = 8;
const KEY: usize = 12;
const KEY_SIZE: usize = 16;

/**
 * Whether the current token's signature is good under a key of the set (0: there is none) that fits the token's algorithm and `kid`.
 * A key or token without `kid` fits any; at most eight keys are tried.
 */
export function verifyToken(set: usize): bool {
  if (set == 0 || !readHeader()) return false;
  const size = decodedSize(signatureTextSize());
  if (size > SIGNATURE_MAX) return false;
  if (!decodeBase64url(signatureTextPointer(), signatureTextSize(), SIGNATURE)) return false;
  if (!prepare(size)) return false;
  let tries: u32 = 0;
  const keys = load<u32>(set);
  for (let i: u32 = 0; i < keys; i++) {
    const key = set + KEYS + <usize>i * KEY_BYTES;
    if (!fits(set, key)) continue;
    if (tries == TRIES_MAX) return false;
    tries++;
    if (isGoodUnder(set + load<u32>(key, KEY), load<u32>(key, KEY_SIZE))) return true;
  }
  return false;
}

/** Puts the signature into the form in which it is checked. */
function prepare(size: u32): bool {
  const algorithm = tokenAlgorithm();
  if (algorithm == HS256) return size == DIGEST_BYTES;
  if (algorithm == ES256 || algorithm == ES384) {
    const half: u32 = algorithm == ES256 ? 32 : 48;
    if (size != 2 * half) return false;
    const derSize = writeDerSignature(SIGNATURE, half, DER_SIGNATURE);
    return begin(algorithm == ES256 ? Hash.Sha256 : Hash.Sha384, DER_SIGNATURE, derSize);
  }
  const hash = algorithm == RS256 ? Hash.Sha256 : algorithm == RS384 ? Hash.Sha384 : Hash.Sha512;
  return begin(hash, SIGNATURE, size);
}

function begin(hash: Hash, signature: usize, size: u32): bool {
  return beginSignature(hash, signature, size, signedPointer(), signedSize());
}

function fits(set: usize, key: usize): bool {
  if ((load<u32>(key, ALGORITHMS) & tokenAlgorithm()) == 0) return false;
  const kid = load<u32>(key, KID);
  if (kid == 0 || tokenKeyId() == 0) return true;
  return load<u32>(key, KID_SIZE) == tokenKeyIdSize() && same(set + kid, tokenKeyId(), tokenKeyIdSize());
}

function isGoodUnder(key: usize, size: u32): bool {
  if (tokenAlgorithm() != HS256) return isSignedBy(key, size);
  if (size < SECRET_MIN) return false;
  hmacSha256(key, size, signedPointer(), signedSize(), DIGEST);
  return sameDigest(DIGEST, SIGNATURE);
}
