// AssemblyScript: functions on bytes, for bytes.test.ts. Texts come as the index of a constant: Node hands over bytes.
import { Bytes } from "proxy-wasm-assemblyscript-sdk/bytes";
import { resetArena } from "proxy-wasm-assemblyscript-sdk/abi/arena";
import { textPointer, textSize } from "proxy-wasm-assemblyscript-sdk/abi/text";

const SCRATCH: usize = memory.data(65536, 16);

export function scratch(): usize {
  return SCRATCH;
}

const TEXTS: string[] = [
  "",
  "a",
  "Gold",
  "gr\u00fc\u00df",
  "\u4e16\u754c",
  "a\u{1f980}b",
  "lone \ud800 x",
  "\udc00",
  "x-User",
];

function view(size: u32): Bytes {
  return Bytes.view(SCRATCH, size);
}

/** Decodes and encodes again: what is no UTF-8 comes back as U+FFFD. Answers the size; `result` says where. */
export function recode(size: u32): u32 {
  pointer = textPointer(view(size).toString());
  return textSize();
}

let pointer: usize = 0;

export function result(): usize {
  return pointer;
}

export function encode(text: u32): u32 {
  pointer = textPointer(TEXTS[text]);
  return textSize();
}

export function isUtf8(size: u32): bool {
  return view(size).isUtf8();
}

export function equals(size: u32, text: u32): bool {
  return view(size).equals(TEXTS[text]);
}

export function equalsIgnoringCase(size: u32, text: u32): bool {
  return view(size).equalsIgnoringCase(TEXTS[text]);
}

export function startsWith(size: u32, text: u32): bool {
  return view(size).startsWith(TEXTS[text]);
}

export function endsWith(size: u32, text: u32): bool {
  return view(size).endsWith(TEXTS[text]);
}

/** As the string functions, the other side being bytes: those from `at` on. */
export function equalsBytes(size: u32, at: u32, other: u32): bool {
  return view(size).equals(Bytes.view(SCRATCH + at, other));
}

export function startsWithBytes(size: u32, at: u32, other: u32): bool {
  return view(size).startsWith(Bytes.view(SCRATCH + at, other));
}

export function endsWithBytes(size: u32, at: u32, other: u32): bool {
  return view(size).endsWith(Bytes.view(SCRATCH + at, other));
}

export function equalsBytesIgnoringCase(size: u32, at: u32, other: u32): bool {
  return view(size).equalsIgnoringCase(Bytes.view(SCRATCH + at, other));
}

export function indexOf(size: u32, at: u32, other: u32, from: u32): i32 {
  return view(size).indexOf(Bytes.view(SCRATCH + at, other), from);
}

export function at(size: u32, index: u32): i32 {
  return view(size).at(index);
}

export function slice(size: u32, start: u32, end: u32): u32 {
  const part = view(size).slice(start, end);
  pointer = part.pointer;
  return part.size;
}

/** The parts between the occurrences of the bytes at `at`, with a bar between them. */
export function split(size: u32, at: u32, other: u32): u32 {
  const parts = view(size).split(Bytes.view(SCRATCH + at, other));
  const barred: Bytes[] = [];
  for (let i = 0; i < parts.length; i++) {
    if (i > 0) barred.push(BAR);
    barred.push(parts[i]);
  }
  const joined = Bytes.join(barred);
  pointer = joined.pointer;
  return joined.size;
}

const BAR = Bytes.of("|");

export function trim(size: u32): u32 {
  const part = view(size).trim();
  pointer = part.pointer;
  return part.size;
}

let lowered: Bytes = new Bytes();

export function toLowerCase(size: u32): u32 {
  lowered = view(size).toLowerCase();
  pointer = lowered.pointer;
  return lowered.size;
}

export function toInteger(size: u32): i64 {
  return view(size).toInteger(-1);
}

let kept: Bytes = new Bytes();
let keptPart: Bytes = new Bytes();
let copied: Bytes = new Bytes();

/** Keeps a view, a part of it and a copy of it. */
export function keep(size: u32): void {
  kept = view(size);
  keptPart = kept.slice(1);
  copied = kept.copy();
}

/** Begins another callback. */
export function nextCallback(): void {
  resetArena();
}

export function keptSize(): u32 {
  return kept.size;
}

export function keptPartSize(): u32 {
  return keptPart.size;
}

export function keptEmpty(): bool {
  return kept.equals("") && kept.at(0) == -1 && kept.toString() == "" && kept.indexOf("a") == -1;
}

export function copiedSize(): u32 {
  pointer = copied.pointer;
  return copied.size;
}
