/**
 * The kit speaks text (UTF-8) and the host "binary" strings, one character for one byte: headers and paths of a filter
 * may be any bytes.
 */

export function toBinary(text: string): string {
  return Buffer.from(text).toString("latin1");
}

export function fromBinary(binary: string): string {
  return Buffer.from(binary, "latin1").toString();
}

/** A text or bytes, as bytes. */
export function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? Buffer.from(content) : content;
}
