// The JOSE header of the current token (RFC 7515, section 4). It is the one part that is believed before the signature is
// known, so it says no more than which of our own keys to try: keys and addresses of keys that it brings are ignored.
import { allocate } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { same } from "../bytes";
import { algorithmOf } from "./algorithm";
import { decodeBase64url, decodedSize } from "./base64url";
import {
  beginJson,
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
import { headerTextPointer, headerTextSize } from "./token";

// "alg", "kid" as the low three bytes of a word; "crit", "b64".
const ALG: u32 = 0x676c61;
const KID: u32 = 0x64696b;
const B64: u32 = 0x343662;
const CRIT: usize = memory.data<u8>([99, 114, 105, 116]);

let algorithm: u32 = 0;
let keyId: usize = 0;
let keyIdBytes: u32 = 0;

/**
 * Reads the header: a JSON object with an `alg` that is known. False where it is not, where `alg` or `kid` is no text or there
 * twice, and where there is a `crit` or `b64`: extensions that must be understood, and none is.
 */
export function readHeader(): bool {
  algorithm = 0;
  keyId = 0;
  keyIdBytes = 0;
  if (headerTextSize() == 0) return false;
  const size = decodedSize(headerTextSize());
  const to = allocate(size);
  if (to == 0 || !decodeBase64url(headerTextPointer(), headerTextSize(), to)) return false;
  beginJson(to, size);
  if (nextJson() != JSON_OBJECT) return false;
  let piece = nextJson();
  while (piece == JSON_NAME) {
    if (!readMember()) return false;
    piece = nextJson();
  }
  return piece == JSON_OBJECT_END && algorithm != 0 && nextJson() == JSON_END;
}

/** The token's algorithm, one of `algorithm.ts`. */
export function tokenAlgorithm(): u32 {
  return algorithm;
}

/** The token's `kid`; 0 where it has none. */
export function tokenKeyId(): usize {
  return keyId;
}

export function tokenKeyIdSize(): u32 {
  return keyIdBytes;
}

function readMember(): bool {
  const size = jsonTextSize();
  if (size == 4 && same(jsonText(), CRIT, 4)) return false;
  const name = size == 3 ? (<u32>load<u16>(jsonText())) | ((<u32>load<u8>(jsonText(), 2)) << 16) : 0;
  if (name == B64) return false;
  const piece = nextJson();
  if (name != ALG && name != KID) return skipJson(piece);
  if (piece != JSON_STRING) return false;
  if (name == ALG) {
    if (algorithm != 0) return false;
    algorithm = algorithmOf(jsonText(), jsonTextSize());
    return algorithm != 0;
  }
  if (keyId != 0) return false;
  keyId = jsonText();
  keyIdBytes = jsonTextSize();
  return true;
}
