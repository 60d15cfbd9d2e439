// Protocol Buffers as the SDK writes and reads them against another implementation's bytes and reading.
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { compile, Guest } from "../../filters/runtime/testing/compile.ts";
import { check } from "../../filters/runtime/testing/property.ts";

interface Exports {
  input(size: number): number;
  nextCallback(): void;
  resultAt(): number;
  resultLength(): number;

  clear(): void;
  finish(): void;
  overflowed(): number;
  writeInt64(field: number, value: bigint): void;
  writeUint64(field: number, value: bigint): void;
  writeSint64(field: number, value: bigint): void;
  writeBool(field: number, value: number): void;
  writeFixed32(field: number, value: number): void;
  writeFixed64(field: number, value: bigint): void;
  writeFloat(field: number, value: number): void;
  writeDouble(field: number, value: number): void;
  writeString(field: number, decoded: number): void;
  arenaTaken(): number;
  begin(field: number): number;
  end(begun: number): void;
  packedVarint(value: bigint): void;
  packedZigzag(value: bigint): void;
  packedFixed32(value: number): void;
  packedDouble(value: number): void;

  read(): void;
  readAgain(): void;
  enter(): void;
  leave(): void;
  next(): number;
  nextVarint(): number;
  nextFixed32(): number;
  nextFixed64(): number;
  malformed(): number;
  field(): number;
  wireType(): WireType;
  int32(): number;
  int64(): bigint;
  uint32(): number;
  uint64(): bigint;
  sint32(): number;
  sint64(): bigint;
  boolean(): number;
  fixed32(): number;
  fixed64(): bigint;
  float(): number;
  double(): number;
  bytes(): void;
}

let start: () => Guest<Exports>;
let guest: Guest<Exports>;
let exports: Guest<Exports>["exports"];

beforeAll(async () => {
  const wasm = await compile("sdk/testing/protobuf.ts", "filter");
  start = () => new Guest<Exports>(wasm);
});

beforeEach(() => {
  guest = start();
  ({ exports } = guest);
});

function put(bytes: Uint8Array): void {
  const at = exports.input(bytes.length) >>> 0;
  guest.memory.set(bytes, at);
}

function result(): Buffer {
  return Buffer.from(guest.read(exports.resultAt(), exports.resultLength()));
}

/** What both write: a message's fields in order. */
type Field =
  | { readonly kind: "int64" | "uint64" | "sint64" | "fixed64"; readonly no: number; readonly value: bigint }
  | { readonly kind: "fixed32" | "float" | "double"; readonly no: number; readonly value: number }
  | { readonly kind: "bool"; readonly no: number; readonly value: boolean }
  | { readonly kind: "string"; readonly no: number; readonly value: string }
  | { readonly kind: "bytes"; readonly no: number; readonly value: Uint8Array }
  | {
      readonly kind: "packed varint" | "packed zigzag";
      readonly no: number;
      readonly value: readonly bigint[];
    }
  | {
      readonly kind: "packed fixed32" | "packed double";
      readonly no: number;
      readonly value: readonly number[];
    }
  | { readonly kind: "message"; readonly no: number; readonly value: readonly Field[] };

function write(fields: readonly Field[]): void {
  for (const { kind, no, value } of fields) {
    switch (kind) {
      case "int64":
        exports.writeInt64(no, value);
        break;
      case "uint64":
        exports.writeUint64(no, value);
        break;
      case "sint64":
        exports.writeSint64(no, value);
        break;
      case "fixed64":
        exports.writeFixed64(no, value);
        break;
      case "fixed32":
        exports.writeFixed32(no, value);
        break;
      case "float":
        exports.writeFloat(no, value);
        break;
      case "double":
        exports.writeDouble(no, value);
        break;
      case "bool":
        exports.writeBool(no, Number(value));
        break;
      case "string":
        put(Buffer.from(value));
        exports.writeString(no, 1);
        break;
      case "bytes":
        put(value);
        exports.writeString(no, 0);
        break;
      case "message":
        within(no, () => write(value));
        break;
      case "packed varint":
        within(no, () => value.forEach((element) => exports.packedVarint(element)));
        break;
      case "packed zigzag":
        within(no, () => value.forEach((element) => exports.packedZigzag(element)));
        break;
      case "packed fixed32":
        within(no, () => value.forEach((element) => exports.packedFixed32(element)));
        break;
      case "packed double":
        within(no, () => value.forEach((element) => exports.packedDouble(element)));
        break;
    }
  }
}

function within(no: number, run: () => void): void {
  const begun = exports.begin(no);
  run();
  exports.end(begun);
}

function written(fields: readonly Field[]): Buffer {
  exports.nextCallback();
  exports.clear();
  write(fields);
  exports.finish();
  return result();
}

function reference(fields: readonly Field[], to = new BinaryWriter()): BinaryWriter {
  for (const { kind, no, value } of fields) {
    switch (kind) {
      case "int64":
        to.tag(no, WireType.Varint).int64(value);
        break;
      case "uint64":
        to.tag(no, WireType.Varint).uint64(value);
        break;
      case "sint64":
        to.tag(no, WireType.Varint).sint64(value);
        break;
      case "fixed64":
        to.tag(no, WireType.Bit64).fixed64(value);
        break;
      case "fixed32":
        to.tag(no, WireType.Bit32).fixed32(value);
        break;
      case "float":
        to.tag(no, WireType.Bit32).float(value);
        break;
      case "double":
        to.tag(no, WireType.Bit64).double(value);
        break;
      case "bool":
        to.tag(no, WireType.Varint).bool(value);
        break;
      case "string":
        to.tag(no, WireType.LengthDelimited).string(value);
        break;
      case "bytes":
        to.tag(no, WireType.LengthDelimited).bytes(value);
        break;
      case "message":
        reference(value, to.tag(no, WireType.LengthDelimited).fork()).join();
        break;
      case "packed varint":
        to.tag(no, WireType.LengthDelimited).fork();
        value.forEach((element) => to.uint64(element));
        to.join();
        break;
      case "packed zigzag":
        to.tag(no, WireType.LengthDelimited).fork();
        value.forEach((element) => to.sint64(element));
        to.join();
        break;
      case "packed fixed32":
        to.tag(no, WireType.LengthDelimited).fork();
        value.forEach((element) => to.fixed32(element));
        to.join();
        break;
      case "packed double":
        to.tag(no, WireType.LengthDelimited).fork();
        value.forEach((element) => to.double(element));
        to.join();
        break;
    }
  }
  return to;
}

/** Reads what should be these fields and nothing else. */
function readBack(fields: readonly Field[]): void {
  for (const { kind, no, value } of fields) {
    same(exports.next(), 1);
    same(exports.field(), no);
    switch (kind) {
      case "int64":
        same(exports.int64(), value);
        same(exports.int32(), Number(BigInt.asIntN(32, value)));
        break;
      case "uint64":
        same(BigInt.asUintN(64, exports.uint64()), value);
        same(exports.uint32() >>> 0, Number(BigInt.asUintN(32, value)));
        break;
      case "sint64":
        same(exports.sint64(), value);
        if (BigInt.asIntN(32, value) === value) same(exports.sint32(), Number(value));
        break;
      case "fixed64":
        same(BigInt.asUintN(64, exports.fixed64()), value);
        break;
      case "fixed32":
        same(exports.fixed32() >>> 0, value);
        break;
      case "float":
        same(exports.float(), value);
        break;
      case "double":
        same(exports.double(), value);
        break;
      case "bool":
        same(exports.boolean(), Number(value));
        break;
      case "string":
      case "bytes":
        exports.bytes();
        same(result().toString("hex"), Buffer.from(value).toString("hex"));
        break;
      case "message":
        exports.enter();
        readBack(value);
        exports.leave();
        break;
      case "packed varint":
        list(value, "nextVarint", () => BigInt.asUintN(64, exports.uint64()));
        break;
      case "packed zigzag":
        list(value, "nextVarint", () => exports.sint64());
        break;
      case "packed fixed32":
        list(value, "nextFixed32", () => exports.fixed32() >>> 0);
        break;
      case "packed double":
        list(value, "nextFixed64", () => exports.double());
        break;
    }
  }
  same(exports.next(), 0);
  same(exports.malformed(), 0);
}

function list<T>(
  values: readonly T[],
  step: "nextVarint" | "nextFixed32" | "nextFixed64",
  value: () => T,
): void {
  exports.enter();
  for (const expected of values) {
    same(exports[step](), 1);
    same(value(), expected);
  }
  same(exports[step](), 0);
  same(exports.malformed(), 0);
  exports.leave();
}

/** As `expect(a).toBe(b)`, which costs more than all the rest here. */
function same(a: unknown, b: unknown): void {
  if (!Object.is(a, b)) throw new Error(`${String(a)} is not ${String(b)}`);
}

const no = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(15, 16, 2047, 2048, 536_870_911));
const edges = (min: bigint, max: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt({ min, max }),
    fc.bigInt({ min: min < -200n ? -200n : 0n, max: 200n }),
    fc.constantFrom(min, max, 127n, 128n, 16_383n, 16_384n, (1n << 32n) - 1n, 1n << 32n, (1n << 63n) - 1n),
  );
const signed = edges(-(1n << 63n), (1n << 63n) - 1n);
const unsigned = edges(0n, (1n << 64n) - 1n);
const fixed32 = fc.integer({ min: 0, max: 0xffffffff });
const of = <K extends Field["kind"], V>(
  kind: K,
  value: fc.Arbitrary<V>,
): fc.Arbitrary<{ kind: K; no: number; value: V }> => fc.record({ kind: fc.constant(kind), no, value });

const { message } = fc.letrec<{ message: Field[]; field: Field }>((tie) => ({
  message: fc.array(tie("field"), { maxLength: 6 }),
  field: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    of("int64", signed),
    of("uint64", unsigned),
    of("sint64", signed),
    of("fixed64", unsigned),
    of("fixed32", fixed32),
    of("float", fc.float()),
    of("double", fc.double()),
    of("bool", fc.boolean()),
    of("string", fc.string({ unit: "grapheme" })),
    of("bytes", fc.uint8Array({ maxLength: 300 })),
    of("packed varint", fc.array(unsigned)),
    of("packed zigzag", fc.array(signed)),
    of("packed fixed32", fc.array(fixed32)),
    of("packed double", fc.array(fc.double())),
    of("message", tie("message")),
  ),
}));

test("what is written are the other implementation's bytes, and reading gives what they were", () => {
  check(
    fc.property(message, (fields) => {
      const bytes = Buffer.from(reference(fields).finish());
      same(written(fields).toString("hex"), bytes.toString("hex"));
      exports.nextCallback();
      put(bytes);
      exports.read();
      readBack(fields);
      exports.readAgain();
      readBack(fields);
    }),
    3000,
  );
});

test("a message that outgrows the one byte of its size moves, on every level", () => {
  const content = (size: number): Field => ({ kind: "bytes", no: 1, value: Buffer.alloc(size, "x") });
  for (const size of [0, 120, 123, 124, 125, 126, 127, 128, 16_370, 16_380, 16_384, 2_097_149, 2_097_160]) {
    const inner: Field = { kind: "message", no: 2, value: [content(size)] };
    const fields: Field[] = [{ kind: "message", no: 3, value: [inner, content(1)] }, content(2)];
    expect(written(fields).equals(reference(fields).finish())).toBe(true);
  }
});

/** What the other implementation reads, with what the SDK refuses besides. */
function referenceFields(bytes: Uint8Array): { fields: string[]; malformed: boolean } {
  const reader = new BinaryReader(bytes);
  const fields: string[] = [];
  const varint = (): bigint => {
    const from = reader.pos;
    const value = BigInt(reader.uint64());
    if (reader.pos - from === 10 && (bytes[reader.pos - 1] ?? 0) > 1) throw new Error("more than 64 bits");
    return value;
  };
  try {
    while (reader.pos < bytes.length) {
      const from = reader.pos;
      const [no, type] = reader.tag();
      const tag = reader.pos;
      let value: string;
      if (type === WireType.Varint) value = String(varint());
      else if (type === WireType.Bit64) value = String(reader.fixed64());
      else if (type === WireType.Bit32) value = String(reader.fixed32());
      else if (type === WireType.LengthDelimited) {
        if (varint() > BigInt(bytes.length)) throw new Error("premature end");
        reader.pos = tag;
        value = Buffer.from(reader.bytes()).toString("hex");
      } else throw new Error(`groups are refused, at ${from}`);
      fields.push(`${no} ${type} ${value}`);
    }
    return { fields, malformed: false };
  } catch {
    return { fields, malformed: true };
  }
}

function ownFields(bytes: Uint8Array): { fields: string[]; malformed: boolean } {
  exports.nextCallback();
  put(bytes);
  exports.read();
  const fields: string[] = [];
  while (exports.next() !== 0) {
    if (fields.length > bytes.length) throw new Error("more fields than bytes");
    const type = exports.wireType();
    let value: string;
    if (type === WireType.Varint) value = String(BigInt.asUintN(64, exports.uint64()));
    else if (type === WireType.Bit64) value = String(BigInt.asUintN(64, exports.fixed64()));
    else if (type === WireType.Bit32) value = String(exports.fixed32() >>> 0);
    else {
      exports.bytes();
      value = result().toString("hex");
    }
    fields.push(`${exports.field()} ${type} ${value}`);
  }
  const malformed = exports.malformed() !== 0;
  // It stays where it ended.
  same(exports.next(), 0);
  same(exports.malformed() !== 0, malformed);
  return { fields, malformed };
}

describe("bytes that are no message", () => {
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 8, 9, 10, 11, 12, 13, 0x7f, 0x80, 0xff));
  const noise = fc.array(byte, { maxLength: 24 }).map((values) => Uint8Array.from(values));
  const mutated = fc
    .tuple(message, fc.array(fc.tuple(fc.nat(), fc.nat(3), noise), { minLength: 1, maxLength: 3 }))
    .map(([fields, changes]) =>
      changes.reduce(
        (bytes, [at, cut, put]) => {
          const from = at % (bytes.length + 1);
          return Buffer.concat([bytes.subarray(0, from), put.subarray(0, 3), bytes.subarray(from + cut)]);
        },
        Buffer.from(reference(fields).finish()),
      ),
    );

  test("are read up to where the other implementation stops, and are malformed there", () => {
    const seen = { malformed: 0, right: 0 };
    check(
      fc.property(fc.oneof(noise, mutated), (bytes) => {
        const own = ownFields(bytes);
        expect(own).toEqual(referenceFields(bytes));
        seen[own.malformed ? "malformed" : "right"]++;
      }),
      10_000,
    );
    expect(seen.malformed).toBeGreaterThan(1000);
    expect(seen.right).toBeGreaterThan(500);
  });

  test.each([
    ["a tag that ends", "80"],
    ["field number 0", "0001"],
    ["a field number of 30 bits", "808080801001"],
    ["a tag of six bytes", "88808080800001"],
    ["a varint that ends", "08ff"],
    ["a varint of eleven bytes", "088080808080808080808001"],
    ["a varint of 65 bits", "08ffffffffffffffffff02"],
    ["a size beyond the end", "0a0361"],
    ["a size of 64 bits", "0affffffffffffffffff01"],
    ["fixed64 that ends", "0900000000000000"],
    ["fixed32 that ends", "0d000000"],
    ["a group", "0b0c"],
    ["the end of a group", "0c"],
    ["wire type 6", "0e"],
    ["wire type 7", "0f"],
  ])("%s", (_, hex) => {
    const before = Buffer.from("1205", "hex");
    const bytes = Buffer.concat([before, Buffer.from("right"), Buffer.from(hex, "hex")]);
    expect(ownFields(bytes)).toEqual({
      fields: [`2 2 ${Buffer.from("right").toString("hex")}`],
      malformed: true,
    });
  });

  test.each([
    ["nextVarint", "01ff"],
    ["nextFixed32", "010000000200"],
    ["nextFixed64", "010000000000000002000000000000"],
  ] as const)("end a packed list: %s", (step, list) => {
    const content = Buffer.from(list, "hex");
    put(Buffer.concat([Buffer.of(0x0a, content.length), content]));
    exports.read();
    expect(exports.next()).toBe(1);
    exports.enter();
    expect(exports[step]()).toBe(1);
    expect(exports.malformed()).toBe(0);
    expect(exports[step]()).toBe(0);
    expect(exports.malformed()).toBe(1);
    exports.leave();
    // The message around it is right.
    expect(exports.next()).toBe(0);
    expect(exports.malformed()).toBe(0);
  });
});

describe("a reader", () => {
  test("answers 0 and nothing where the wire type is another", () => {
    const fields: Field[] = [
      { kind: "uint64", no: 1, value: 5n },
      { kind: "fixed32", no: 2, value: 5 },
      { kind: "fixed64", no: 3, value: 5n },
      { kind: "string", no: 4, value: "\b\u0005" },
    ];
    put(reference(fields).finish());
    exports.read();
    const seen: unknown[] = [];
    const look = (): void => {
      exports.bytes();
      exports.enter();
      const inner = exports.next();
      exports.leave();
      seen.push([
        exports.field(),
        [exports.int32(), exports.uint32(), exports.int64(), exports.uint64(), exports.boolean()].map(Number),
        [exports.sint32(), exports.sint64()].map(Number),
        [exports.fixed32(), exports.float() > 0],
        [Number(exports.fixed64()), exports.double() > 0],
        exports.resultLength(),
        inner,
      ]);
    };
    look();
    while (exports.next() !== 0) look();
    look();
    const none = [[0, 0, 0, 0, 0], [0, 0], [0, false], [0, false], 0, 0];
    expect(seen).toEqual([
      [0, ...none],
      [1, [5, 5, 5, 5, 1], [-3, -3], ...none.slice(2)],
      [2, ...none.with(2, [5, true])],
      [3, ...none.with(3, [5, true])],
      [4, ...none.slice(0, 4), 2, 1],
      [0, ...none],
    ]);
  });

  test("has nothing more to read when the bytes are gone, and what it read stays", () => {
    put(Buffer.from("0805120161", "hex"));
    exports.read();
    expect(exports.next()).toBe(1);
    exports.nextCallback();
    expect(exports.uint32()).toBe(5);
    expect(exports.next()).toBe(0);
    expect(exports.malformed()).toBe(1);
    exports.bytes();
    expect(exports.resultLength()).toBe(0);
  });

  test("is used again after something malformed", () => {
    put(Buffer.from("08", "hex"));
    exports.read();
    expect(exports.next()).toBe(0);
    expect(exports.malformed()).toBe(1);
    put(Buffer.from("0807", "hex"));
    exports.readAgain();
    expect(exports.malformed()).toBe(0);
    expect(exports.next()).toBe(1);
    expect(exports.uint32()).toBe(7);
  });
});

describe("a writer", () => {
  test("takes no more memory however often the same message is written", () => {
    const fields: Field[] = [
      { kind: "string", no: 1, value: "x".repeat(3000) },
      { kind: "message", no: 2, value: [{ kind: "bytes", no: 1, value: Buffer.alloc(5000) }] },
    ];
    for (let i = 0; i < 20; i++) written(fields);
    const before = guest.memoryBytes;
    for (let i = 0; i < 500; i++) written(fields);
    expect(guest.memoryBytes).toBe(before);
  });

  test("leaves nothing behind in the arena", () => {
    expect(exports.arenaTaken()).toBe(0);
  });

  test("has nothing at all where it was too much, until it is used anew", () => {
    exports.clear();
    put(Buffer.alloc(1 << 20));
    const begun = exports.begin(1);
    for (let i = 0; i < 70; i++) exports.writeString(1, 0);
    exports.end(begun);
    expect(exports.overflowed()).toBe(1);
    const later = exports.begin(2);
    exports.writeBool(1, 1);
    exports.end(later);
    exports.finish();
    expect(result()).toHaveLength(0);
    expect(written([{ kind: "bool", no: 1, value: true }]).toString("hex")).toBe("0801");
    expect(exports.overflowed()).toBe(0);
  });

  test("leaves an end alone that nothing began", () => {
    exports.clear();
    exports.writeBool(1, 1);
    for (const begun of [0, 100, 0xffffffff]) exports.end(begun);
    exports.finish();
    expect(result().toString("hex")).toBe("0801");
  });
});
