/**
 * Header names and values, paths and details travel through the host as "binary" strings: one character is
 * one byte (latin1). Nothing is decoded as UTF-8, so what a client sent reaches the filter unchanged.
 */

/** The bytes of a binary string. Characters above U+00FF lose their high bits. */
export function toBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The binary string of some bytes; the inverse of {@link toBytes}. */
export function fromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

const upper = /[A-Z]/;

/** Lower-cases ASCII letters only, as Envoy's `LowerCaseString` does. */
export function lowerCase(name: string): string {
  return upper.test(name) ? name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : name;
}

export const NO_BYTES = new Uint8Array(0);

/** Both arrays after one another; returns an argument itself where the other is empty. */
export function concatBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
