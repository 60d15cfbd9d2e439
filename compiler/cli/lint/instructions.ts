// Reads the instructions of a WebAssembly function as far as calls are concerned.
import type { Reader } from "../../../host/wasm-binary.ts";

/** Whom a function may call. */
export interface Calls {
  /** Function indices. */
  readonly direct: Set<number>;
  /** Type indices: any function of that type in a table or behind a reference. */
  readonly indirect: Set<number>;
  /** Functions whose reference is taken. */
  readonly references: Set<number>;
}

export function noCalls(): Calls {
  return { direct: new Set(), indirect: new Set(), references: new Set() };
}

/** An instruction that this reader does not know, so that what follows cannot be read. */
export class UnknownInstruction extends Error {}

/**
 * Reads instructions up to the `end` that closes the expression or the body, and notes the calls in them.
 * Throws UnknownInstruction.
 */
export function readExpression(reader: Reader, calls: Calls): void {
  for (let depth = 0; ;) {
    const opcode = reader.byte();
    if (opcode === 0x0b && depth-- === 0) return;
    if ((opcode >= 0x02 && opcode <= 0x04) || opcode === 0x06 || opcode === 0x1f) depth++;
    if (opcode === 0x18) depth--; // delegate closes its try
    immediates(opcode, reader, calls);
  }
}

function immediates(opcode: number, reader: Reader, calls: Calls): void {
  if (opcode >= 0x45 && opcode <= 0xc4) return; // arithmetic
  if (opcode >= 0x28 && opcode <= 0x3e) return memoryArgument(reader);
  switch (opcode) {
    case 0x10: // call
    case 0x12: // return_call
      calls.direct.add(reader.u32());
      return;
    case 0x11: // call_indirect
    case 0x13: // return_call_indirect
      calls.indirect.add(reader.u32());
      reader.u32();
      return;
    case 0x14: // call_ref
    case 0x15: // return_call_ref
      calls.indirect.add(reader.u32());
      return;
    case 0xd2: // ref.func
      calls.references.add(reader.u32());
      return;
    case 0x02: // block
    case 0x03: // loop
    case 0x04: // if
    case 0x06: // try
      return blockType(reader);
    case 0x1f: // try_table
      blockType(reader);
      return reader.times(() => {
        if (reader.byte() < 2) reader.u32(); // a tag, where not all are caught
        reader.u32();
      });
    case 0x0e: // br_table
      reader.times(() => reader.u32());
      reader.u32();
      return;
    case 0x1c: // select with types
      return reader.times(() => valueType(reader));
    case 0x07: // catch
    case 0x08: // throw
    case 0x09: // rethrow
    case 0x0c: // br
    case 0x0d: // br_if
    case 0x18: // delegate
    case 0x20: // local.get and so on
    case 0x21:
    case 0x22:
    case 0x23: // global.get, global.set
    case 0x24:
    case 0x25: // table.get, table.set
    case 0x26:
    case 0x3f: // memory.size, memory.grow
    case 0x40:
    case 0x41: // i32.const, i64.const: signed, but as long
    case 0x42:
    case 0xd0: // ref.null
    case 0xd5: // br_on_null, br_on_non_null
    case 0xd6:
      skipInteger(reader);
      return;
    case 0x43: // f32.const
      reader.at += 4;
      return;
    case 0x44: // f64.const
      reader.at += 8;
      return;
    case 0xfc:
      return prefixedFc(reader);
    case 0xfd:
      return vectorInstruction(reader);
    case 0xfe: // atomics; the fence has one byte
      if (reader.u32() === 3) reader.byte();
      else memoryArgument(reader);
      return;
    case 0x00: // unreachable
    case 0x01: // nop
    case 0x05: // else
    case 0x0a: // throw_ref
    case 0x0b: // end
    case 0x0f: // return
    case 0x19: // catch_all
    case 0x1a: // drop
    case 0x1b: // select
    case 0xd1: // ref.is_null, ref.eq, ref.as_non_null
    case 0xd3:
    case 0xd4:
      return;
    default:
      throw new UnknownInstruction(`0x${opcode.toString(16)}`);
  }
}

function prefixedFc(reader: Reader): void {
  const operation = reader.u32();
  if (operation <= 7) return; // saturating conversions
  if (operation > 17) throw new UnknownInstruction(`0xfc ${operation}`);
  const one = [9, 11, 13, 15, 16, 17]; // drops, fills, table.grow and table.size
  reader.u32();
  if (!one.includes(operation)) reader.u32();
}

function vectorInstruction(reader: Reader): void {
  const operation = reader.u32();
  if (operation <= 11 || operation === 92 || operation === 93) memoryArgument(reader);
  else if (operation === 12 || operation === 13) reader.at += 16;
  else if (operation >= 21 && operation <= 34) reader.byte();
  else if (operation >= 84 && operation <= 91) {
    memoryArgument(reader);
    reader.byte();
  }
}

function memoryArgument(reader: Reader): void {
  if ((reader.u32() & 0x40) !== 0) reader.u32(); // which memory, where there are several
  skipInteger(reader);
}

function blockType(reader: Reader): void {
  const type = reader.byte();
  if (type === 0x63 || type === 0x64) skipInteger(reader);
  else if (type >= 0x80) skipInteger(reader);
}

/** A value type, as in a list of locals. */
export function valueType(reader: Reader): void {
  const type = reader.byte();
  if (type === 0x63 || type === 0x64) skipInteger(reader);
}

function skipInteger(reader: Reader): void {
  while (reader.byte() >= 0x80);
}
