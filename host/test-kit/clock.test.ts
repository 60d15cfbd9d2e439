import { describe, expect, test } from "@jest/globals";
import { compileBytes } from "../testing/compile.ts";
import { fakeClock, loadFilter } from "./jest.ts";

const messages = ({ logs }: { logs: ReadonlyArray<{ message: string }> }): string[] =>
  logs.map(({ message }) => message);

test("ticks come when they are due, and show the moment they are due at", async () => {
  const filter = await loadFilter(compileBytes("clock"), { clock: fakeClock(new Date(10_000)) });
  await filter.clock.advance("1999ms");
  expect(messages(filter)).toEqual([]);
  expect(filter.clock.nextTimer).toBe(1);
  await filter.clock.advance("4001ms");
  expect(messages(filter)).toEqual(["tick 12000", "tick 14000", "tick 16000"]);
  expect(filter.clock.date).toEqual(new Date(16_000));
});

test("the filter's clock and WASI's tell the same time", async () => {
  const filter = await loadFilter(compileBytes("clock"));
  await filter.clock.advance(1500.5);
  await filter.request();
  const moment = Date.parse("2024-01-01T00:00:01.500Z");
  expect(filter).toHaveLogged("info", `host ${moment} wasi ${moment}`);
});

test("random bytes are the same each time, unless another seed is given", async () => {
  const random = async (seed?: number): Promise<string[]> => {
    const filter = await loadFilter(compileBytes("clock"), seed === undefined ? {} : { seed });
    await filter.request();
    await filter.request();
    return messages(filter).filter((message) => message.startsWith("random"));
  };
  const first = await random();
  expect(new Set(first).size).toBe(2);
  expect(await random()).toEqual(first);
  expect(await random(7)).not.toEqual(first);
  expect(new Set(await random(0)).size).toBe(2);
});

test("filters may share a clock; what is due at one moment happens in the order in which it was asked for", async () => {
  const clock = fakeClock();
  const [one, two] = [
    await loadFilter(compileBytes("clock"), { clock }),
    await loadFilter(compileBytes("clock"), { clock }),
  ];
  await clock.advance("2s");
  expect(messages(one)).toEqual(messages(two));
  const order: string[] = [];
  clock.after(5, () => order.push("second"));
  clock.after(3, () => order.push("first"));
  clock.after(5, () => order.push("third"));
  clock.after(4, () => order.push("never"))();
  await clock.advance(5);
  expect(order).toEqual(["first", "second", "third"]);
});

describe("a time", () => {
  test.each([
    ["200ms", 200],
    ["1.5s", 1500],
    ["2m", 120_000],
    ["1h", 3_600_000],
    [5, 5],
  ] as const)("may be %s", async (duration, milliseconds) => {
    const clock = fakeClock(new Date(0));
    await clock.advance(duration);
    expect(clock.date.getTime()).toBe(milliseconds);
  });

  test.each([["5"], ["5 s"], ["-1s"], [-1], [NaN]])("is not %s", async (duration) => {
    await expect(fakeClock().advance(duration as "1s")).rejects.toThrow(`\`${duration}\` is no time`);
  });

  test("to begin with is a date", () => {
    expect(() => fakeClock("tomorrow")).toThrow("the clock's beginning is no date");
  });
});
