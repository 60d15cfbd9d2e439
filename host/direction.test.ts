import { describe, expect, test } from "@jest/globals";
import { toBytes } from "./bytes.ts";
import { Direction } from "./direction.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Shows a piece and says what the filter sees. */
function show(direction: Direction, piece: string): string {
  direction.show(toBytes(piece));
  return text(direction.visible.bytes);
}

describe("a piece that the filter is shown", () => {
  test("goes on alone where nothing is held", () => {
    const direction = new Direction();
    expect(show(direction, "a")).toBe("a");
    expect(text(direction.pass())).toBe("a");
    expect(direction.stopped).toBe(false);
  });

  test("is seen with all before it while the filter gathers, and changes what is gathered", () => {
    const direction = new Direction();
    show(direction, "a");
    direction.keep(true);
    expect(show(direction, "b")).toBe("ab");
    direction.visible.write(0, 1, toBytes("A"));
    expect(text(direction.pass())).toBe("Ab");
  });

  test("is seen alone, and goes on behind the others, where the filter holds back piece by piece", () => {
    const direction = new Direction();
    show(direction, "a");
    direction.keep(false);
    expect(show(direction, "b")).toBe("b");
    expect(text(direction.pass())).toBe("ab");
  });

  test("can be gathered with what was held back before", () => {
    const direction = new Direction();
    show(direction, "a");
    direction.keep(false);
    show(direction, "b");
    direction.keep(true);
    expect(show(direction, "c")).toBe("abc");
  });

  test("is dropped alone; what was gathered stays", () => {
    const direction = new Direction();
    show(direction, "a");
    direction.keep(true);
    expect(show(direction, "b")).toBe("ab");
    direction.drop();
    expect(show(direction, "c")).toBe("c");
    expect(text(direction.pass())).toBe("abc");
    const other = new Direction();
    show(other, "a");
    other.drop();
    show(other, "b");
    expect(text(other.pass())).toBe("b");
  });
});

describe("too much", () => {
  const limit = 1024 * 1024;

  test("is refused where it is gathered, and stops the sender where it is held back", () => {
    const gathering = new Direction();
    gathering.show(new Uint8Array(limit));
    gathering.keep(true);
    expect(gathering.tooLarge).toBe(false);
    gathering.show(new Uint8Array(1));
    expect([gathering.tooLarge, gathering.full]).toEqual([true, false]);
    const holding = new Direction();
    holding.show(new Uint8Array(limit + 1));
    holding.keep(false);
    expect([holding.tooLarge, holding.full]).toEqual([false, true]);
  });

  test("while everything is stopped depends on which stop it is", () => {
    for (const buffer of [true, false]) {
      const direction = new Direction();
      direction.stopAll(buffer);
      direction.hold(new Uint8Array(limit + 1));
      expect([direction.tooLarge, direction.full]).toEqual([buffer, !buffer]);
    }
  });
});

test("an empty end that is dropped still ends the message when it goes on", () => {
  const direction = new Direction();
  direction.ended = true;
  show(direction, "");
  direction.drop();
  expect(direction.holdsData).toBe(true);
  expect(text(direction.letGo())).toBe("");
});
