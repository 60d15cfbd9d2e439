// CEL's functions of values, for the evaluator.
import { byteString } from "../http/header-syntax.ts";
import { CelError } from "./error.ts";
import type { CelFunction, CelTimeGetter } from "./expression.ts";
import { fitsInt } from "./time.ts";
import type { CelType } from "./types.ts";

/** An operand that has been evaluated. */
export interface Operand {
  readonly type: CelType;
  readonly value: unknown;
}

/** Calls a function; `type` is what comes out. Throws a `CelError`. */
export function call(name: CelFunction, type: CelType, operands: readonly Operand[]): unknown {
  const [first, second] = operands.map((operand) => operand.value);
  switch (name) {
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      if (typeof first === "string") return joined(first, second as string);
      if (typeof first === "number") return doubles(name, first, second as number);
      return ranged(integers(name, first as bigint, second as bigint), type);
    case "negate":
      return typeof first === "number" ? -first : ranged(-(first as bigint), type);
    case "startsWith":
      return (first as string).startsWith(second as string);
    case "endsWith":
      return (first as string).endsWith(second as string);
    case "contains":
      return contains(first as string, second as string);
    case "size":
      return BigInt(sizeOf(first, operands[0]?.type));
    case "bool":
      return typeof first === "boolean" ? first : booleanOf(first);
    case "int":
    case "uint":
      return integerOf(first, operands[0]?.type, name);
    case "double":
      return doubleOf(first);
    case "string":
      return textOf(first, operands[0]?.type);
    case "bytes":
      return first;
    case "timestamp":
      return ranged((first as bigint) * SECOND, "timestamp");
    case "getFullYear":
    case "getMonth":
    case "getDate":
    case "getDayOfMonth":
    case "getDayOfWeek":
    case "getDayOfYear":
    case "getHours":
    case "getMinutes":
    case "getSeconds":
    case "getMilliseconds":
      return getter(name, operands[0]?.type, first as bigint, (second as bigint | undefined) ?? 0n);
  }
}

/** The most bytes that the texts an expression puts together may have, all in all. */
export const MAX_TEXT = 8192;

function joined(left: string, right: string): string {
  if (left.length + right.length > MAX_TEXT) throw new CelError();
  return left + right;
}

function contains(text: string, part: string): boolean {
  if (part.length > MAX_TEXT && part.length <= text.length) throw new CelError();
  return text.includes(part);
}

function integers(operator: "+" | "-" | "*" | "/" | "%", left: bigint, right: bigint): bigint {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      if (right === 0n) throw new CelError();
      return left / right;
    case "%":
      // The least int has no quotient by -1, and so no remainder either: so do Envoy's CEL and CEL for Go.
      if (right === 0n || !fitsInt(left / (right === -1n ? right : 1n))) throw new CelError();
      return left % right;
  }
}

function doubles(operator: "+" | "-" | "*" | "/" | "%", left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
  }
}

function ranged(value: bigint, type: CelType): bigint {
  if (type === "uint" ? value < 0n || value >= 2n ** 64n : !fitsInt(value)) throw new CelError();
  return value;
}

/** Code points of a text, bytes of bytes, elements or members of JSON. A byte that is no UTF-8 counts as one. */
function sizeOf(value: unknown, type: CelType | undefined): number {
  if (type === "string") return codePoints(value as string);
  if (typeof value === "string") return type === "dyn" ? Array.from(value).length : value.length;
  if (Array.isArray(value)) return value.length;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  throw new CelError();
}

/** Counts as UTF-8 decoders resynchronise: a sequence is one, and so is every byte outside of any. */
export function codePoints(bytes: string): number {
  let count = 0;
  for (let at = 0; at < bytes.length; count++) at += sequenceLength(bytes, at);
  return count;
}

/** The length of the UTF-8 sequence that begins here, 1 where none does, see RFC 3629. */
function sequenceLength(bytes: string, at: number): number {
  const sequence =
    /(?:[\xc2-\xdf]|\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f]|\xf0[\x90-\xbf][\x80-\xbf]|[\xf1-\xf3][\x80-\xbf]{2}|\xf4[\x80-\x8f][\x80-\xbf])[\x80-\xbf]/y;
  sequence.lastIndex = at;
  return sequence.exec(bytes)?.[0].length ?? 1;
}

/** Whether all bytes are parts of UTF-8 sequences. */
function isUtf8(bytes: string): boolean {
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 1 && bytes.charCodeAt(at) > 0x7f) return false;
    at += length;
  }
  return true;
}

const TRUE = ["1", "t", "T", "true", "TRUE", "True"];
const FALSE = ["0", "f", "F", "false", "FALSE", "False"];

function booleanOf(text: unknown): boolean {
  if (TRUE.some((one) => one === text)) return true;
  if (FALSE.some((one) => one === text)) return false;
  throw new CelError();
}

const SECOND = 1_000_000_000n;

function integerOf(value: unknown, from: CelType | undefined, to: "int" | "uint"): bigint {
  if (from === "timestamp") return floorDivide(value as bigint, SECOND);
  if (typeof value === "bigint") return ranged(value, to);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new CelError();
    // The doubles next to an int's ends are beyond them already when rounded.
    if (to === "int" && Math.abs(value) >= 2 ** 63) throw new CelError();
    return ranged(BigInt(Math.trunc(value)), to);
  }
  const form = to === "int" ? /^[+-]?\d+$/ : /^\d+$/;
  if (typeof value !== "string" || !form.test(value)) throw new CelError();
  return ranged(BigInt(value.replace(/^\+/, "")), to);
}

function doubleOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  const form = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
  if (typeof value !== "string" || !form.test(value)) throw new CelError();
  return Number(value);
}

function textOf(value: unknown, from: CelType | undefined): string {
  if (from === "bytes" && !isUtf8(value as string)) throw new CelError();
  if (from !== "dyn") return String(value);
  if (typeof value === "string") return byteString(value);
  if (typeof value === "boolean") return String(value);
  // How doubles with fractions are written is a matter of taste.
  if (!Number.isInteger(value) || Math.abs(value as number) > 2 ** 53) throw new CelError();
  return String(BigInt(value as number));
}

export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

function getter(name: CelTimeGetter, type: CelType | undefined, value: bigint, offset: bigint): bigint {
  if (type === "duration") {
    const whole = { getHours: 3600n * SECOND, getMinutes: 60n * SECOND, getSeconds: SECOND };
    if (name === "getMilliseconds") return (value / 1_000_000n) % 1000n;
    return value / whole[name as keyof typeof whole];
  }
  const local = value + offset;
  const date = new Date(Number(floorDivide(local, 1_000_000n)));
  switch (name) {
    case "getFullYear":
      return BigInt(date.getUTCFullYear());
    case "getMonth":
      return BigInt(date.getUTCMonth());
    case "getDate":
      return BigInt(date.getUTCDate());
    case "getDayOfMonth":
      return BigInt(date.getUTCDate() - 1);
    case "getDayOfWeek":
      return BigInt(date.getUTCDay());
    case "getDayOfYear":
      return BigInt(Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000));
    case "getHours":
      return BigInt(date.getUTCHours());
    case "getMinutes":
      return BigInt(date.getUTCMinutes());
    case "getSeconds":
      return BigInt(date.getUTCSeconds());
    case "getMilliseconds":
      return BigInt(date.getUTCMilliseconds());
  }
}
