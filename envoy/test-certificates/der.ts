// Just enough of DER to write certificates. Runs in Node.

/** A tag with its contents. */
export function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Uint8Array.of(tag), length(body.length), body]);
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => tagged(0x30, ...items);

export const set = (...items: readonly Uint8Array[]): Buffer => tagged(0x31, ...items);

/** A number that is not negative, big-endian. */
export function integer(bytes: Uint8Array): Buffer {
  // DER wants as few bytes as will do.
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const least = bytes.subarray(from);
  return tagged(0x02, (least[0] ?? 0) & 0x80 ? Uint8Array.of(0) : Uint8Array.of(), least);
}

export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));

export const bitString = (bytes: Uint8Array): Buffer => tagged(0x03, Uint8Array.of(0), bytes);

export const octets = (bytes: Uint8Array): Buffer => tagged(0x04, bytes);

export const TRUE = Buffer.from([0x01, 0x01, 0xff]);

/** A moment between 2000 and 2049. */
export function time(moment: Date): Buffer {
  const digits = moment.toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}

/** `1.2.840.…` */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(0x06, ...[first * 40 + second, ...rest].map(base128));
}

function base128(value: number): Buffer {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return Buffer.from(bytes);
}

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}
