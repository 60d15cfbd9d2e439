// Modules with fewer exports: a host calls only what it finds.
/** The module without the exports of these names. */
export function withoutExports(wasm: Uint8Array, names: readonly string[]): Uint8Array {
  if (names.length === 0) return wasm;
  const parts: Uint8Array[] = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length;) {
    const [size, body] = readU32(wasm, at + 1);
    const section = wasm.subarray(at, body + size);
    parts.push(wasm[at] === 7 ? fewerExports(wasm, body, names) : section);
    at = body + size;
  }
  return Buffer.concat(parts);
}

function fewerExports(wasm: Uint8Array, from: number, names: readonly string[]): Uint8Array {
  const [count, first] = readU32(wasm, from);
  const kept: Uint8Array[] = [];
  let at = first;
  for (let i = 0; i < count; i++) {
    const [length, start] = readU32(wasm, at);
    const [, next] = readU32(wasm, start + length + 1);
    const name = Buffer.from(wasm.subarray(start, start + length)).toString();
    if (!names.includes(name)) kept.push(wasm.subarray(at, next));
    at = next;
  }
  const body = Buffer.concat([leb(kept.length), ...kept]);
  return Buffer.concat([Uint8Array.of(7), leb(body.length), body]);
}

function readU32(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7, at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at + 1];
  }
}

function leb(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, value]);
}
