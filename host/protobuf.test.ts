import { describe, expect, test } from "@jest/globals";
import { ProtobufMessage, writeMessage } from "./protobuf.ts";

const parse = (...bytes: number[]): ProtobufMessage | undefined =>
  ProtobufMessage.parse(Uint8Array.from(bytes));

describe("a message", () => {
  test("is read by field number, the last value first, absent ones as their defaults", () => {
    const message = parse(0x0a, 2, 0x68, 0x69, 0x10, 1, 0x10, 0, 0x18, 0xac, 0x02);
    expect(message?.text(1)).toBe("hi");
    expect(message?.boolean(2)).toBe(false);
    expect(message?.number(3)).toBe(300);
    expect(message?.bytes(9)).toHaveLength(0);
    expect(message?.text(9)).toBe("");
  });

  test("may hold fields nobody knows, of any kind", () => {
    const group = [0x3b, 0x08, 1, 0x43, 0x44, 0x3c]; // field 7, with field 8 within
    expect(parse(0x21, ...Array<number>(8).fill(1), 0x2d, 1, 1, 1, 1, ...group, 0x0a, 1, 0x61)?.text(1)).toBe(
      "a",
    );
  });

  test.each([
    ["a length past the end", [0x0a, 9, 1]],
    ["a number cut short", [0x08, 0x80]],
    ["a number of eleven bytes", [0x08, ...Array<number>(10).fill(0x80), 1]],
    ["field 0", [0x02, 0]],
    ["an end without its group", [0x0c]],
    ["a group without end", [0x0b, 0x08, 1]],
    ["a group with another's end", [0x0b, 0x14]],
    ["a wire type there is none of", [0x0f]],
  ])("is none with %s", (_, bytes) => {
    expect(parse(...bytes)).toBeUndefined();
  });

  test("has no text where the bytes are no UTF-8", () => {
    expect(parse(0x0a, 1, 0xff)?.text(1)).toBeUndefined();
  });

  test("is written without defaults", () => {
    const long = new Uint8Array(300);
    expect([
      ...writeMessage([
        [1, true],
        [2, false],
        [3, new Uint8Array(0)],
      ]),
    ]).toEqual([0x08, 1]);
    expect([...writeMessage([[2, long]])].slice(0, 3)).toEqual([0x12, 0xac, 0x02]);
    expect(ProtobufMessage.parse(writeMessage([[2, long]]))?.bytes(2)).toEqual(long);
  });
});
