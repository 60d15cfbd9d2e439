// Cells against the reference (compiler/ir/counts.ts): every algorithm, one to eight rates, clocks that go and step as clocks do.
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { newCount, type Count } from "../../../compiler/ir/counts.ts";
import type { Algorithm, Rate } from "../../../compiler/ir/program.ts";
import { bucketShape } from "../../../compiler/ir/rates.ts";
import { entry, type Guest } from "../testing/compile.ts";
import { isBucket, kinds, layOut } from "../testing/limit-layout.ts";
import { check } from "../testing/property.ts";

interface Exports {
  limit(): number;
  set(): number;
  cell(): number;
  newCell(limit: number, cell: number, key: bigint, now: bigint): void;
  ownCell(limit: number, set: number, key: bigint, now: bigint): number;
  addCell(limit: number, set: number, cell: number, now: bigint): number;
  cellWait(limit: number, cell: number, cost: bigint, now: bigint): bigint;
  cellTake(limit: number, cell: number, cost: bigint): void;
  cellGiveBack(limit: number, cell: number, cost: bigint): void;
  leftOf(limit: number, cell: number, rate: number, now: bigint): bigint;
  resetOf(limit: number, cell: number, rate: number, now: bigint): bigint;
}

const MS = 1_000_000n;
const SECOND = 1000n * MS;
const DAY = 86_400n * SECOND;
const START = 1_800_000_000n * SECOND + 123_456_789n;
const KEY = 0x1234_5678_9abc_def0n;

let start: () => Guest<Exports>;

beforeAll(async () => {
  start = await entry<Exports>("limits");
});

interface Spec {
  readonly algorithm: Algorithm;
  readonly rates: readonly Rate[];
}

/** What both sides say of a limit and key, in the same words. */
interface Side {
  wait(cost: bigint, now: bigint): bigint;
  take(cost: bigint, now: bigint): void;
  giveBack(cost: bigint, now: bigint): void;
  left(now: bigint): bigint[];
  reset(now: bigint): bigint[];
}

function reference({ algorithm, rates }: Spec): Side {
  const counts = rates.map((rate): Count => newCount(algorithm, rate));
  return {
    wait: (cost, now) =>
      counts.map((c) => c.wait(cost, now)).reduce((most, wait) => (wait > most ? wait : most)),
    take: (cost, now) => counts.forEach((c) => c.take(cost, now)),
    giveBack: (cost, now) => counts.forEach((c) => c.giveBack(cost, now)),
    left: (now) => counts.map((c) => c.left(now)),
    reset: (now) => counts.map((c) => c.reset(now) ?? 0n),
  };
}

function runtime({ algorithm, rates }: Spec): Side {
  const guest = start();
  const { exports } = guest;
  const limit = layOut(guest, { algorithm, rates, ways: 1, sets: 1 }, bucketShape);
  exports.newCell(limit, exports.cell(), KEY, 0n);
  exports.addCell(limit, exports.set(), exports.cell(), 0n);
  const own = (now: bigint): number => {
    const cell = exports.ownCell(limit, exports.set(), KEY, now);
    if (cell === 0) throw new Error("the cell is gone");
    return cell;
  };
  const each = (of: (rate: number) => bigint): bigint[] => rates.map((_, i) => BigInt.asUintN(64, of(i)));
  return {
    wait: (cost, now) => BigInt.asUintN(64, exports.cellWait(limit, own(now), cost, now)),
    take: (cost, now) => exports.cellTake(limit, own(now), cost),
    giveBack: (cost, now) => exports.cellGiveBack(limit, own(now), cost),
    left: (now) => each((rate) => exports.leftOf(limit, own(now), rate, now)),
    reset: (now) => each((rate) => exports.resetOf(limit, own(now), rate, now)),
  };
}

/** As `expect`, which takes a hundred times as long: properties ask it millions of times. */
function agree(found: unknown, wanted: unknown): void {
  if (String(found) !== String(wanted)) expect(found).toEqual(wanted);
}

const windows = [MS, 7n * MS, 700n * MS, SECOND, 60n * SECOND, 5400n * SECOND, DAY, 365n * DAY] as const;
const count = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 5000 }) },
  { weight: 1, arbitrary: fc.constantFrom(999_999_999, 1_000_000_000) },
);
const rate = (algorithm: Algorithm): fc.Arbitrary<Rate> =>
  fc
    .record({
      limit: count,
      window: fc.constantFrom(...windows),
      burst: fc.option(count, { nil: undefined }),
    })
    .map(({ limit, window, burst }) => {
      return { item: "a", words: "", limit, window, burst: isBucket(algorithm) ? (burst ?? limit) : limit };
    })
    .map((r) => (algorithm === "concurrency" ? { ...r, window: 0n } : r))
    .filter((r) => !isBucket(algorithm) || bucketShape(r) !== undefined);
const spec = (algorithm: Algorithm): fc.Arbitrary<Spec> =>
  fc
    .array(rate(algorithm), { minLength: 1, maxLength: algorithm === "concurrency" ? 1 : 8 })
    .map((rates) => ({ algorithm, rates }));

/** What a step does, in terms of the limit it is tried on. */
interface Step {
  readonly move: Move;
  /** The rate whose window the move is measured in. */
  readonly rate: number;
  readonly nudge: bigint;
  readonly cost: "none" | "one" | "two" | "all" | "more" | "most" | "none-has-room";
  /** Takes even where there is no room, as what a response tells does. */
  readonly charge: boolean;
  readonly giveBack: boolean;
}
type Move =
  "none" | "token" | "edge" | "window" | "two" | "ages" | "wait" | "part" | "back" | "second" | "far";

const forward: Move[] = ["none", "none", "token", "edge", "window", "two", "ages", "wait", "wait", "part"];
const anywhere: Move[] = [...forward, "back", "second", "far"];
const step = (moves: readonly Move[]): fc.Arbitrary<Step> =>
  fc.record({
    move: fc.constantFrom(...moves),
    rate: fc.nat(7),
    nudge: fc.constantFrom(0n, 0n, 0n, -1n, 1n, 333n),
    cost: fc.constantFrom("none", "one", "one", "one", "two", "all", "more", "most", "none-has-room"),
    charge: fc.oneof(
      { weight: 9, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    giveBack: fc.oneof(
      { weight: 9, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
  });

function moved(move: Move, { window, limit }: Rate, now: bigint, wait: bigint): bigint {
  const length = window === 0n ? SECOND : window;
  switch (move) {
    case "none":
      return now;
    case "token":
      return now + length / BigInt(limit);
    case "edge":
      return now - (now % length) + length;
    case "window":
      return now + length;
    case "two":
      return now + 2n * length;
    case "ages":
      return now + 3n * 365n * DAY;
    case "wait":
      return now + wait;
    case "part":
      return now + length / 3n;
    case "back":
      return now - length / 7n;
    case "second":
      return now - SECOND;
    case "far":
      return now - 5n * length - 2n * SECOND;
  }
}

function costOf(cost: Step["cost"], { burst }: Rate): bigint {
  switch (cost) {
    case "none":
      return 0n;
    case "one":
      return 1n;
    case "two":
      return 2n;
    case "all":
      return BigInt(burst);
    case "more":
      return BigInt(burst) + 1n;
    case "most":
      return 1_000_000_000n;
    case "none-has-room":
      return 1_000_000_001n;
  }
}

/** The times and costs of a schedule, as they come out for a limit. */
function* walk(
  { rates }: Spec,
  steps: readonly Step[],
  waited: () => bigint,
): Iterable<Step & { now: bigint; price: bigint }> {
  let now = START;
  for (const s of steps) {
    const of = rates[s.rate % rates.length] as Rate;
    const next = moved(s.move, of, now, waited()) + (s.move === "none" ? 0n : s.nudge);
    now = next < 0n ? 0n : next;
    yield { ...s, now, price: costOf(s.cost, of) };
  }
}

const algorithms = Object.keys(kinds) as Algorithm[];

describe.each(algorithms)("%s", (algorithm) => {
  const schedule = (moves: readonly Move[]): fc.Arbitrary<Step[]> =>
    fc.array(step(moves), { maxLength: 80, size: "max" });

  test("answers as the reference does, to the nanosecond, whatever the clock does", () => {
    const property = fc.property(spec(algorithm), schedule(anywhere), (limit, steps) => {
      const [wanted, is] = [reference(limit), runtime(limit)];
      let wait = 0n;
      for (const { now, price, charge, giveBack } of walk(limit, steps, () => wait)) {
        wait = wanted.wait(price, now);
        agree(
          [is.wait(price, now), is.left(now), is.reset(now)],
          [wait, wanted.left(now), wanted.reset(now)],
        );
        for (const side of [wanted, is]) {
          if (wait === 0n || charge) side.take(price, now);
          if (giveBack) side.giveBack(price, now);
        }
        agree(is.left(now), wanted.left(now));
      }
    });
    check(property, 300);
  });

  test("lets a cost of nothing pass always, and takes nothing for it", () => {
    const property = fc.property(spec(algorithm), schedule(anywhere), (limit, steps) => {
      const is = runtime(limit);
      for (const { now, price } of walk(limit, steps, () => 0n)) {
        const left = is.left(now);
        agree(is.wait(0n, now), 0n);
        is.take(0n, now);
        agree(is.left(now), left);
        is.take(price, now);
      }
    });
    check(property, 200);
  });

  test("never has less than nothing left, nor more than all", () => {
    const property = fc.property(spec(algorithm), schedule(anywhere), (limit, steps) => {
      const is = runtime(limit);
      for (const { now, price, giveBack } of walk(limit, steps, () => 0n)) {
        if (giveBack) is.giveBack(price, now);
        else is.take(price, now);
        is.left(now).forEach((left, i) => agree(left <= BigInt(limit.rates[i]?.burst ?? 0), true));
      }
    });
    check(property, 200);
  });

  test("gives back what was taken: as if it never had been", () => {
    const property = fc.property(spec(algorithm), schedule(forward), (limit, steps) => {
      const [one, other] = [runtime(limit), runtime(limit)];
      for (const { now, price, giveBack } of walk(limit, steps, () => 0n)) {
        const wait = one.wait(price, now);
        agree([other.wait(price, now), other.left(now)], [wait, one.left(now)]);
        if (wait !== 0n) continue;
        one.take(price, now);
        if (giveBack) one.giveBack(price, now);
        else other.take(price, now);
      }
    });
    check(property, 200);
  });
});

describe.each(algorithms.filter((name) => name !== "concurrency"))("waiting, by %s", (algorithm) => {
  test("is tight: a nanosecond before it there is no room, and then there is", () => {
    let waited = 0;
    const property = fc.property(
      spec(algorithm),
      fc.array(step(forward), { maxLength: 40, size: "max" }),
      (limit, steps) => {
        const is = runtime(limit);
        let last = 0n;
        const capacity = limit.rates.map(({ burst }) => BigInt(burst)).reduce((a, b) => (a < b ? a : b));
        for (const { now, price } of walk(limit, steps, () => last)) {
          if (price > capacity) continue;
          last = is.wait(price, now);
          if (last === 0n) {
            is.take(price, now);
            continue;
          }
          waited++;
          // Looking must not change anything, so the clock is asked forwards.
          if (last > 1n) agree(is.wait(price, now + last - 1n), 1n);
          agree(is.wait(price, now + last), 0n);
          return;
        }
      },
    );
    check(property, 500);
    expect(waited).toBeGreaterThan(100);
  });
});

describe("sequences", () => {
  const one = (algorithm: Algorithm, limit: number, window: bigint, burst = limit): Side =>
    runtime({ algorithm, rates: [{ item: "a", words: "", limit, window, burst }] });
  const ask = (side: Side, now: bigint): boolean => {
    const fits = side.wait(1n, now) === 0n;
    if (fits) side.take(1n, now);
    return fits;
  };
  const allowed = (side: Side, times: number, now: bigint): number =>
    Array.from({ length: times }, () => ask(side, now)).filter(Boolean).length;
  const MIDNIGHT = START - (START % DAY);

  test.each(algorithms.filter((name) => name !== "concurrency"))(
    "by %s 20 are allowed, 10 refused, and a window later 20 again",
    (algorithm) => {
      const side = one(algorithm, 20, SECOND);
      expect(allowed(side, 30, MIDNIGHT)).toBe(20);
      // What a sliding window counts of the one before is gone only with the next.
      const later = algorithm === "sliding-window" ? 2n * SECOND : SECOND;
      expect(allowed(side, 30, MIDNIGHT + later)).toBe(20);
      expect(allowed(side, 30, MIDNIGHT + 10n * DAY)).toBe(20);
    },
  );

  test.each(["token-bucket", "gcra"] as const)("by %s tokens come back one by one", (algorithm) => {
    const side = one(algorithm, 20, SECOND);
    expect(allowed(side, 30, START)).toBe(20);
    expect(side.wait(1n, START)).toBe(50n * MS);
    expect(allowed(side, 30, START + 50n * MS - 1n)).toBe(0);
    expect(allowed(side, 30, START + 50n * MS)).toBe(1);
    expect(allowed(side, 30, START + 250n * MS)).toBe(4);
  });

  test("a fixed window ends with its last nanosecond", () => {
    const side = one("fixed-window", 20, 60n * SECOND);
    expect(allowed(side, 30, MIDNIGHT + 60n * SECOND - 1n)).toBe(20);
    expect(side.wait(1n, MIDNIGHT + 60n * SECOND - 1n)).toBe(1n);
    expect(allowed(side, 30, MIDNIGHT + 60n * SECOND)).toBe(20);
    expect(side.wait(1n, MIDNIGHT + 60n * SECOND)).toBe(60n * SECOND);
  });

  test("a sliding window lets nothing through at its edge, and half when half of it has passed", () => {
    const side = one("sliding-window", 20, 60n * SECOND);
    expect(allowed(side, 30, MIDNIGHT + 60n * SECOND - 1n)).toBe(20);
    expect(side.wait(1n, MIDNIGHT + 60n * SECOND - 1n)).toBe(1n + 3n * SECOND);
    expect(allowed(side, 30, MIDNIGHT + 60n * SECOND)).toBe(0);
    expect(allowed(side, 30, MIDNIGHT + 63n * SECOND)).toBe(1);
    expect(allowed(side, 30, MIDNIGHT + 90n * SECOND)).toBe(9);
  });

  test("requests under way are as many as the limit, however long they take", () => {
    const side = one("concurrency", 3, 0n);
    expect(allowed(side, 5, START)).toBe(3);
    expect(allowed(side, 5, START + 365n * DAY)).toBe(0);
    side.giveBack(1n, START);
    expect(allowed(side, 5, START)).toBe(1);
  });

  test("the tightest of several rates decides, and what one refuses costs no other anything", () => {
    const side = runtime({
      algorithm: "token-bucket",
      rates: [
        { item: "a", words: "", limit: 2, window: SECOND, burst: 2 },
        { item: "b", words: "", limit: 3, window: 60n * SECOND, burst: 3 },
      ],
    });
    expect(allowed(side, 5, START)).toBe(2);
    expect(side.left(START)).toEqual([0n, 1n]);
    expect(allowed(side, 5, START + SECOND)).toBe(1);
    expect(side.left(START + SECOND)).toEqual([1n, 0n]);
    expect(side.wait(1n, START + SECOND)).toBe(19n * SECOND);
  });

  test.each(["token-bucket", "gcra", "fixed-window", "sliding-window"] as const)(
    "by %s a clock that is set back by an hour takes nothing away and gives nothing",
    (algorithm) => {
      const side = one(algorithm, 20, SECOND);
      expect(allowed(side, 30, MIDNIGHT)).toBe(20);
      const back = MIDNIGHT - 3600n * SECOND;
      expect(allowed(side, 30, back)).toBe(0);
      expect(allowed(side, 30, back + 10n * SECOND)).toBe(20);
    },
  );
});

describe("drift", () => {
  test.each(["token-bucket", "gcra"] as const)(
    "by %s there is none: after two million requests the next one fits at its very nanosecond",
    (algorithm) => {
      // 3 a second. The burst of two keeps the bucket from being full, so that no refilling is lost.
      const side = runtime({
        algorithm,
        rates: [{ item: "a", words: "", limit: 3, window: SECOND, burst: 2 }],
      });
      side.take(2n, START);
      let wrong = 0;
      for (let i = 1n; i <= 2_000_000n; i++) {
        const due = START + (i * SECOND + 2n) / 3n;
        if (side.wait(1n, due - 1n) !== 1n || side.wait(1n, due) !== 0n) wrong++;
        side.take(1n, due);
      }
      expect(wrong).toBe(0);
    },
  );

  test("a bucket that is looked at every nanosecond refills as one that is not", () => {
    const rates = [{ item: "a", words: "", limit: 7, window: 3n * MS, burst: 5 }];
    const [often, seldom] = [runtime({ algorithm: "gcra", rates }), runtime({ algorithm: "gcra", rates })];
    for (const side of [often, seldom]) side.take(5n, START);
    for (let now = START; now < START + MS; now += 7n) often.wait(1n, now);
    for (const cost of [1n, 2n, 3n, 5n])
      expect(often.wait(cost, START + MS)).toBe(seldom.wait(cost, START + MS));
  });
});
