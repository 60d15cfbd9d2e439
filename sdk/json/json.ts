// JSON read: configurations, bodies, answers of callouts.
import { shrink } from "../abi/arena";
import { textPointer, textSize } from "../abi/text";
import { Bytes } from "../bytes";
import { parseDouble, parseInteger, parsedInteger } from "./decimal";
import { JsonFault, faultText } from "./fault";
import { JsonKind } from "./kind";
import {
  JsonParser,
  compareBytes,
  entryKind,
  entryOffset,
  entrySize,
  memberAt,
  memberCount,
  valueOf,
} from "./parser";

const NONE: u32 = u32.MAX_VALUE;

let fault: JsonFault = JsonFault.None;
let faultLine: u32 = 0;
let faultColumn: u32 = 0;

/** A parsed text and where its values stand. */
class JsonDocument {
  constructor(
    readonly text: Bytes,
    readonly tape: ArrayBuffer,
  ) {}
}

/**
 * A value of a JSON text. What is asked of a value that is none of its kind, or is not there, is answered with `Missing`,
 * an empty text or the given default, so that a path can be followed without a look at each step:
 *
 * @example
 * const config = Json.parse(configuration);
 * if (config === null) {
 *   log(LogLevel.Error, "configuration: " + Json.error());
 *   return false;
 * }
 * const limit = config.get("limits").get("per-minute").asInteger(60);
 *
 * RFC 8259 to the letter, and strict where it leaves a choice, since two readers that choose differently are how a check
 * is passed by: a name twice in one object, half a surrogate pair, a byte order mark, more than 100 levels or 16 MiB are
 * errors. Whatever the bytes, parsing ends, in time n log n and with memory for the text and at most 16 times as much.
 */
export class Json {
  /** @internal For `parse`. */
  constructor(
    private readonly document: JsonDocument,
    private readonly entry: u32,
  ) {}

  /**
   * Parses a text, of which it keeps a copy: values live as long as they are held.
   * @returns null where it is not JSON: `Json.error()` says why
   */
  static parse<T>(text: T): Json | null {
    const pointer = textPointer(text);
    const size = textSize();
    // The parser decodes strings where they stand.
    const copy = Bytes.of(Bytes.view(pointer, size));
    const parser = new JsonParser(copy.pointer, size);
    if (!parser.parse()) {
      fault = parser.fault;
      locate(pointer, parser.faultOffset);
      return null;
    }
    fault = JsonFault.None;
    return new Json(new JsonDocument(copy, parser.tape), 0);
  }

  /**
   * Where the last text that was parsed is wrong, and how: ``line 3, column 7: a comma or `]` is wanted``; both count from
   * 1, columns in characters. Empty where nothing was wrong. Allocates.
   */
  static error(): string {
    if (fault == JsonFault.None) return "";
    return "line " + faultLine.toString() + ", column " + faultColumn.toString() + ": " + faultText(fault);
  }

  /** What the value is. */
  get kind(): JsonKind {
    return this.entry == NONE ? JsonKind.Missing : entryKind(this.document.tape, this.entry);
  }

  /** Whether there is a value, be it null. */
  get exists(): bool {
    return this.entry != NONE;
  }

  /** How many members an array or an object has; 0 for anything else. */
  get length(): u32 {
    return this.kind >= JsonKind.Array ? memberCount(this.document.tape, this.entry) : 0;
  }

  /** An object's value by its name, any text (see `Bytes`); `Missing` where it has none. Takes log(length) comparisons. */
  get<T>(name: T): Json {
    let found = NONE;
    if (this.kind == JsonKind.Object) {
      const pointer = textPointer(name);
      found = this.find(pointer, textSize());
      // A string was encoded for the comparison only.
      if (isString<T>() && pointer != 0) shrink(pointer, 0);
    }
    return new Json(this.document, found);
  }

  /**
   * An array's value at an index, or an object's, whose members are in the order of their names' bytes; `Missing` beyond
   * the end.
   */
  at(index: u32): Json {
    if (index >= this.length) return new Json(this.document, NONE);
    const member = memberAt(this.document.tape, this.entry, index);
    return new Json(this.document, this.kind == JsonKind.Object ? valueOf(member) : member);
  }

  /** The name of the object's member at an index, in the order of `at`; empty beyond the end. Allocates the view. */
  nameAt(index: u32): Bytes {
    if (this.kind != JsonKind.Object || index >= this.length) return new Bytes();
    return this.scalar(memberAt(this.document.tape, this.entry, index));
  }

  /** A string's UTF-8, without its escapes; empty for anything else. The view lives as long as it is held. */
  asBytes(): Bytes {
    return this.kind == JsonKind.String ? this.scalar(this.entry) : new Bytes();
  }

  /** A string. Allocates. */
  asString(otherwise: string = ""): string {
    return this.kind == JsonKind.String ? this.asBytes().toString() : otherwise;
  }

  /** `true` or `false`. */
  asBoolean(otherwise: bool = false): bool {
    return this.kind == JsonKind.Boolean ? load<u8>(this.pointer) == 0x74 : otherwise;
  }

  /** Whether this is a number that `asInteger` gives exactly. */
  get isInteger(): bool {
    return this.kind == JsonKind.Number && parseInteger(this.pointer, this.size);
  }

  /** A whole number of 64 bits, exactly, also where it is written as `1.0` or `2e3`; every other number is none. */
  asInteger(otherwise: i64 = 0): i64 {
    return this.isInteger ? parsedInteger() : otherwise;
  }

  /** A number, rounded to the nearest that 64 bits hold, as all readers do; one that is too large is infinite. */
  asNumber(otherwise: f64 = NaN): f64 {
    return this.kind == JsonKind.Number ? parseDouble(this.pointer, this.size) : otherwise;
  }

  private get pointer(): usize {
    return this.document.text.pointer + entryOffset(this.document.tape, this.entry);
  }

  private get size(): u32 {
    return entrySize(this.document.tape, this.entry);
  }

  private scalar(entry: u32): Bytes {
    const tape = this.document.tape;
    const offset = entryOffset(tape, entry);
    return this.document.text.slice(offset, offset + entrySize(tape, entry));
  }

  private find(name: usize, size: u32): u32 {
    const tape = this.document.tape;
    const text = this.document.text.pointer;
    let low: u32 = 0;
    let high = memberCount(tape, this.entry);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const member = memberAt(tape, this.entry, middle);
      const order = compareBytes(text + entryOffset(tape, member), entrySize(tape, member), name, size);
      if (order == 0) return valueOf(member);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return NONE;
  }
}

/** Line and column of a byte. */
function locate(text: usize, offset: u32): void {
  faultLine = 1;
  faultColumn = 1;
  for (let i: u32 = 0; i < offset; i++) {
    const byte = load<u8>(text + i);
    if (byte == 0x0a) {
      faultLine++;
      faultColumn = 1;
    } else if ((byte & 0xc0) != 0x80) {
      faultColumn++;
    }
  }
}
