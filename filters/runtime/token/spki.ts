// Public keys as DER SubjectPublicKeyInfo (RFC 5280, 3279, 5480), made of the numbers that a JWK carries.

// Up to and with the byte 04 of an uncompressed point.
const P256: usize = memory.data<u8>([
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
  0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
]);
const P256_SIZE: usize = 27;
const P384: usize = memory.data<u8>([
  0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04,
  0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
]);
const P384_SIZE: usize = 24;
// SEQUENCE { OID rsaEncryption, NULL }
const RSA: usize = memory.data<u8>([
  0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
]);
const RSA_SIZE: u32 = 15;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/** What a key of an RSA modulus takes up at most, besides modulus and exponent themselves. */
export const RSA_KEY_FRAME: u32 = 44;
/** What a key of a curve takes up, at most. */
export const EC_KEY_MAX: u32 = 120;

/** Writes the key of a point whose coordinates, `size` bytes each (32: P-256, 48: P-384), lie one behind the other. */
export function writeEcKey(to: usize, coordinates: usize, size: u32): u32 {
  const frame = size == 32 ? P256_SIZE : P384_SIZE;
  memory.copy(to, size == 32 ? P256 : P384, frame);
  memory.copy(to + frame, coordinates, 2 * size);
  return <u32>frame + 2 * size;
}

/** Writes the key of a modulus and an exponent, both without leading zeros; answers its size. */
export function writeRsaKey(
  to: usize,
  modulus: usize,
  modulusSize: u32,
  exponent: usize,
  exponentSize: u32,
): u32 {
  const numbers = integerSize(modulus, modulusSize) + integerSize(exponent, exponentSize);
  const bits = 1 + headSize(numbers) + numbers;
  let at = writeHead(to, SEQUENCE, RSA_SIZE + headSize(bits) + bits);
  memory.copy(at, RSA, RSA_SIZE);
  at = writeHead(at + RSA_SIZE, BIT_STRING, bits);
  store<u8>(at, 0);
  at = writeHead(at + 1, SEQUENCE, numbers);
  at = writeInteger(writeInteger(at, modulus, modulusSize), exponent, exponentSize);
  return <u32>(at - to);
}

/** How long a tag with the length `size` is. */
function headSize(size: u32): u32 {
  return size < 0x80 ? 2 : size < 0x100 ? 3 : 4;
}

function writeHead(to: usize, tag: u8, size: u32): usize {
  store<u8>(to, tag);
  if (size < 0x80) {
    store<u8>(to, <u8>size, 1);
    return to + 2;
  }
  if (size < 0x100) {
    store<u8>(to, 0x81, 1);
    store<u8>(to, <u8>size, 2);
    return to + 3;
  }
  store<u8>(to, 0x82, 1);
  store<u8>(to, <u8>(size >>> 8), 2);
  store<u8>(to, <u8>size, 3);
  return to + 4;
}

/** 1 where the number needs a zero in front, so as not to be negative. */
function padding(number: usize): u32 {
  return load<u8>(number) >>> 7;
}

function integerSize(number: usize, size: u32): u32 {
  const padded = size + padding(number);
  return headSize(padded) + padded;
}

function writeInteger(to: usize, number: usize, size: u32): usize {
  const pad = padding(number);
  const at = writeHead(to, INTEGER, size + pad);
  store<u8>(at, 0);
  memory.copy(at + pad, number, size);
  return at + pad + size;
}
