// From a JSON text to a tape: all values one behind the other, in a buffer of words. The parser keeps no stack (an open
// container remembers the one around it), decodes strings where they stand, and checks everything once, so that what
// reads the tape has nothing left to check but bounds.
import { isUtf8 } from "../utf8";
import { JsonFault } from "./fault";
import { JsonKind } from "./kind";

// An entry begins with the word `offset << 3 | kind`: where the value stands in the text. Behind it follows
//   for a scalar: its size in bytes, that of a string without its quotes and escapes;
//   for a container: the index of the word behind the container, the number of its members, the members' entries (in an
//   object each behind its name's), and as its last words the members' indexes, those of an object by their names, sorted.
const SCALAR_WORDS: u32 = 2;
const CONTAINER_WORDS: u32 = 3;

const MOST_BYTES: u32 = 0x1000000;
const MOST_LEVELS: u32 = 100;
const NONE: u32 = u32.MAX_VALUE;

/** The kind of the entry at an index. */
export function entryKind(tape: ArrayBuffer, entry: u32): JsonKind {
  return word(tape, entry) & 7;
}

/** Where an entry's value begins in the text; that of a string behind its quote. */
export function entryOffset(tape: ArrayBuffer, entry: u32): u32 {
  return word(tape, entry) >>> 3;
}

/** How many bytes a scalar has. */
export function entrySize(tape: ArrayBuffer, entry: u32): u32 {
  return word(tape, entry + 1);
}

/** How many members a container has. */
export function memberCount(tape: ArrayBuffer, entry: u32): u32 {
  return word(tape, entry + 2);
}

/** The entry of a container's member: an array's value, or an object's name, behind which its value's entry stands. */
export function memberAt(tape: ArrayBuffer, entry: u32, index: u32): u32 {
  return word(tape, word(tape, entry + 1) - memberCount(tape, entry) + index);
}

/** The entry of the value behind a name's. */
export function valueOf(name: u32): u32 {
  return name + SCALAR_WORDS;
}

/** Orders bytes by their values, what is short before what begins with it. */
export function compareBytes(a: usize, aSize: u32, b: usize, bSize: u32): i32 {
  const order = memory.compare(a, b, min(aSize, bSize));
  if (order != 0 || aSize == bSize) return order;
  return aSize > bSize ? 1 : -1;
}

/** Parses one text. It is overwritten: strings are decoded in it. */
export class JsonParser {
  /** The tape; the text's value is its first entry. */
  tape: ArrayBuffer = new ArrayBuffer(0);
  /** Why the text was refused. */
  fault: JsonFault = JsonFault.None;
  /** Where, in bytes from the start. */
  faultOffset: u32 = 0;

  private readonly end: usize;
  private at: usize;
  private used: u32 = 0;
  // The innermost container that is open.
  private open: u32 = NONE;
  private levels: u32 = 0;

  constructor(
    private readonly start: usize,
    size: u32,
  ) {
    this.at = start;
    this.end = start + size;
  }

  /** Whether the text is JSON. */
  parse(): bool {
    if (this.end - this.start > MOST_BYTES) return this.fail(JsonFault.Size, this.start);
    this.tape = new ArrayBuffer((<i32>mostWords(this.start, this.end)) << 2);
    while (this.beginValue() && this.endValue());
    return this.fault == JsonFault.None;
  }

  /** Reads up to the end of a scalar or to the bracket of an empty container; false where the text is wrong. */
  private beginValue(): bool {
    this.skipBlanks();
    let first = this.peek();
    while (first == 0x7b || first == 0x5b) {
      if (++this.levels > MOST_LEVELS) return this.fail(JsonFault.Depth, this.at);
      this.beginContainer(first == 0x7b ? JsonKind.Object : JsonKind.Array);
      this.at++;
      this.skipBlanks();
      const next = this.peek();
      if (next == first + 2) return this.endContainer();
      if (first == 0x7b) {
        if (!this.name()) return false;
        this.skipBlanks();
      }
      first = this.peek();
    }
    return this.scalar(first);
  }

  /** A value has ended, and with it perhaps containers around it; false at the end, or where the text is wrong. */
  private endValue(): bool {
    for (;;) {
      this.skipBlanks();
      const open = this.open;
      const next = this.peek();
      if (open == NONE) {
        if (next >= 0) this.fail(JsonFault.Trailing, this.at);
        return false;
      }
      const count = this.address(open + 2);
      store<u32>(count, load<u32>(count) + 1);
      const object = entryKind(this.tape, open) == JsonKind.Object;
      if (next == (object ? 0x7d : 0x5d)) {
        if (!this.endContainer()) return false;
        continue;
      }
      if (next != 0x2c) return this.fail(object ? JsonFault.ObjectEnd : JsonFault.ArrayEnd, this.at);
      this.at++;
      if (!object) return true;
      this.skipBlanks();
      return this.name();
    }
  }

  private scalar(first: i32): bool {
    if (first == 0x22) return this.text();
    if (first == 0x2d || isDigit(first)) return this.number();
    // `null`, `true` and `alse`, as the words that they are in memory.
    if (first == 0x6e) return this.literal(0x6c6c756e, 0, JsonKind.Null);
    if (first == 0x74) return this.literal(0x65757274, 0, JsonKind.Boolean);
    if (first == 0x66) return this.literal(0x65736c61, 1, JsonKind.Boolean);
    return this.fail(JsonFault.Value, this.at);
  }

  private literal(rest: u32, skip: u32, kind: JsonKind): bool {
    const at = this.at;
    const size = skip + 4;
    if (this.end - at < size || load<u32>(at + skip) != rest) return this.fail(JsonFault.Value, at);
    this.at = at + size;
    this.addScalar(kind, at, size);
    return true;
  }

  private number(): bool {
    const start = this.at;
    if (this.peek() == 0x2d) this.at++;
    if (this.peek() == 0x30) this.at++;
    else if (!this.digits()) return false;
    if (this.peek() == 0x2e) {
      this.at++;
      if (!this.digits()) return false;
    }
    if ((this.peek() | 0x20) == 0x65) {
      this.at++;
      const sign = this.peek();
      if (sign == 0x2b || sign == 0x2d) this.at++;
      if (!this.digits()) return false;
    }
    this.addScalar(JsonKind.Number, start, <u32>(this.at - start));
    return true;
  }

  private digits(): bool {
    if (!isDigit(this.peek())) return this.fail(JsonFault.Number, this.at);
    do this.at++;
    while (isDigit(this.peek()));
    return true;
  }

  /** A member's name and the colon behind it. */
  private name(): bool {
    if (this.peek() != 0x22) return this.fail(JsonFault.Name, this.at);
    if (!this.text()) return false;
    this.skipBlanks();
    if (this.peek() != 0x3a) return this.fail(JsonFault.Colon, this.at);
    this.at++;
    return true;
  }

  /** A string, decoded in its place: no escape is shorter than what it stands for. */
  private text(): bool {
    const start = this.at + 1;
    const end = this.end;
    let at = start;
    let to = start;
    let bits: u32 = 0;
    while (at < end) {
      const byte = <u32>load<u8>(at);
      if (byte == 0x22) {
        if (bits > 0x7f && !isUtf8(start, <u32>(to - start))) return this.fail(JsonFault.Encoding, start - 1);
        this.at = at + 1;
        this.addScalar(JsonKind.String, start, <u32>(to - start));
        return true;
      }
      if (byte < 0x20) return this.fail(JsonFault.ControlCharacter, at);
      if (byte != 0x5c) {
        store<u8>(to++, byte);
        bits |= byte;
        at++;
        continue;
      }
      if (end - at < 2) break;
      const escaped = <u32>load<u8>(at + 1);
      if (escaped != 0x75) {
        const meant = unescape(escaped);
        if (meant == 0) return this.fail(JsonFault.Escape, at);
        store<u8>(to++, meant);
        at += 2;
        continue;
      }
      let code = hex4(at + 2, end);
      if (code < 0) return this.fail(JsonFault.Escape, at);
      const escape = at;
      at += 6;
      if ((code & 0xf800) == 0xd800) {
        const low = end - at > 1 && load<u16>(at) == 0x755c ? hex4(at + 2, end) : -1;
        if (code > 0xdbff || (low & ~0x3ff) != 0xdc00) return this.fail(JsonFault.LoneSurrogate, escape);
        code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
        at += 6;
      }
      to = encode(code, to);
    }
    return this.fail(JsonFault.Unterminated, start - 1);
  }

  private beginContainer(kind: JsonKind): void {
    const entry = this.take(CONTAINER_WORDS);
    const words = this.address(entry);
    store<u32>(words, ((<u32>(this.at - this.start)) << 3) | kind);
    // Until it is closed: the container around it.
    store<u32>(words, this.open, 4);
    store<u32>(words, 0, 8);
    this.open = entry;
  }

  /** Closes the innermost container, at its bracket: writes its index, and finds names that are there twice. */
  private endContainer(): bool {
    this.at++;
    this.levels--;
    const entry = this.open;
    const count = memberCount(this.tape, entry);
    const object = entryKind(this.tape, entry) == JsonKind.Object;
    const index = this.take(count);
    const tape = this.tape;
    let member = entry + CONTAINER_WORDS;
    for (let i: u32 = 0; i < count; i++) {
      store<u32>(this.address(index + i), member);
      if (object) member = valueOf(member);
      member = entryKind(tape, member) < JsonKind.Array ? member + SCALAR_WORDS : word(tape, member + 1);
    }
    const words = this.address(entry);
    this.open = load<u32>(words, 4);
    store<u32>(words, this.used, 4);
    return !object || count < 2 || this.sortNames(this.address(index), count);
  }

  /** Sorts the indexes of an object's names; false where two are the same. A heap, so that no input makes it slow. */
  private sortNames(index: usize, count: u32): bool {
    for (let i = count >>> 1; i-- > 0;) this.sink(index, i, count);
    for (let left = count - 1; left > 0; left--) {
      const last = index + ((<usize>left) << 2);
      const largest = load<u32>(index);
      store<u32>(index, load<u32>(last));
      store<u32>(last, largest);
      this.sink(index, 0, left);
    }
    for (let i: u32 = 1; i < count; i++) {
      const at = index + ((<usize>i) << 2);
      const a = load<u32>(at - 4);
      const b = load<u32>(at);
      if (this.compareNames(a, b) == 0) {
        // What comes later in the text comes later on the tape.
        const later = entryOffset(this.tape, max(a, b));
        return this.fail(JsonFault.DuplicateName, this.start + later - 1);
      }
    }
    return true;
  }

  private sink(index: usize, from: u32, count: u32): void {
    let parent = from;
    const moved = load<u32>(index + ((<usize>parent) << 2));
    for (;;) {
      let child: u32 = 2 * parent + 1;
      if (child >= count) break;
      let at = index + ((<usize>child) << 2);
      if (child + 1 < count && this.compareNames(load<u32>(at), load<u32>(at, 4)) < 0) {
        child++;
        at += 4;
      }
      const larger = load<u32>(at);
      if (this.compareNames(moved, larger) >= 0) break;
      store<u32>(index + ((<usize>parent) << 2), larger);
      parent = child;
    }
    store<u32>(index + ((<usize>parent) << 2), moved);
  }

  private compareNames(a: u32, b: u32): i32 {
    const tape = this.tape;
    const start = this.start;
    return compareBytes(
      start + entryOffset(tape, a),
      entrySize(tape, a),
      start + entryOffset(tape, b),
      entrySize(tape, b),
    );
  }

  private addScalar(kind: JsonKind, at: usize, size: u32): void {
    const words = this.address(this.take(SCALAR_WORDS));
    store<u32>(words, ((<u32>(at - this.start)) << 3) | kind);
    store<u32>(words, size, 4);
  }

  /** The index of so many new words, for which there is room. */
  private take(words: u32): u32 {
    const index = this.used;
    this.used = index + words;
    return index;
  }

  private address(index: u32): usize {
    return changetype<usize>(this.tape) + ((<usize>index) << 2);
  }

  /** The next byte, or -1 at the end. */
  private peek(): i32 {
    return this.at < this.end ? <i32>load<u8>(this.at) : -1;
  }

  private skipBlanks(): void {
    let at = this.at;
    while (at < this.end) {
      const byte = load<u8>(at);
      if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) break;
      at++;
    }
    this.at = at;
  }

  private fail(fault: JsonFault, at: usize): bool {
    this.fault = fault;
    this.faultOffset = <u32>(at - this.start);
    return false;
  }
}

/** How many words a text's tape takes at most; no more than are needed where the text is right and nothing is empty. */
function mostWords(start: usize, end: usize): u32 {
  // The text's value.
  let words = SCALAR_WORDS;
  let quoted = false;
  for (let at = start; at < end; at++) {
    switch (load<u8>(at)) {
      case 0x22:
        quoted = !quoted;
        break;
      case 0x5c:
        if (quoted) at++;
        break;
      // Behind a comma stands a member, which its container's index has.
      case 0x2c:
        if (!quoted) words += SCALAR_WORDS + 1;
        break;
      case 0x3a:
        if (!quoted) words += SCALAR_WORDS;
        break;
      // What makes a container larger than a scalar, and its first member.
      case 0x5b:
      case 0x7b:
        if (!quoted) words += CONTAINER_WORDS + 1;
        break;
    }
  }
  return words;
}

function word(tape: ArrayBuffer, index: u32): u32 {
  return load<u32>(changetype<usize>(tape) + ((<usize>index) << 2));
}

function isDigit(byte: i32): bool {
  return <u32>(byte - 0x30) < 10;
}

/** The byte that a backslash and this one stand for; 0 where that is none. */
function unescape(byte: u32): u32 {
  switch (byte) {
    case 0x22:
    case 0x2f:
    case 0x5c:
      return byte;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return 0;
  }
}

/** The number that four hexadecimal digits write; -1 where they are none. */
function hex4(at: usize, end: usize): i32 {
  if (end - at < 4) return -1;
  let code = 0;
  for (let i: usize = 0; i < 4; i++) {
    const byte = <u32>load<u8>(at + i);
    const letter = (byte | 0x20) - 0x61;
    const digit = byte - 0x30;
    if (digit > 9 && letter > 5) return -1;
    code = (code << 4) | (digit <= 9 ? digit : letter + 10);
  }
  return code;
}

/** Writes the UTF-8 of a code point and says where it ends. */
function encode(code: u32, at: usize): usize {
  if (code < 0x80) {
    store<u8>(at, code);
    return at + 1;
  }
  let more: u32 = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  store<u8>(at, ((0xff00 >>> (more + 1)) & 0xff) | (code >>> (6 * more)));
  while (more-- > 0) store<u8>(++at, 0x80 | ((code >>> (6 * more)) & 0x3f));
  return at + 1;
}
