// The worker's own table: which keys give way where a set is full, and floods of keys.
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
  state(): number;
  reserveCells(limit: number, state: number): number;
  workerSet(limit: number, state: number, key: bigint): number;
  ownCell(limit: number, set: number, key: bigint, now: bigint): number;
  ask(limit: number, key: bigint, cost: bigint, now: bigint): bigint;
  evicted(): number;
  passed(): number;
  flood(
    limit: number,
    keys: number,
    every: number,
    heavy: bigint,
    crowd: boolean,
    start: bigint,
    step: bigint,
  ): number;
}

const WAYS = 8;
const SECOND = 1_000_000_000n;
const HOUR = 3600n * SECOND;
const START = 1_800_000_000n * SECOND;

let start: () => Guest<Exports>;

beforeAll(async () => {
  start = await entry<Exports>("limits");
});

interface Spec {
  readonly algorithm: Algorithm;
  readonly rates: readonly Rate[];
}

const algorithms = Object.keys(kinds) as Algorithm[];

function of(limit: number, window: bigint, burst = limit): Rate {
  return { item: "a", words: "", limit, window, burst };
}

/** A worker's table for one limit. */
class Table {
  readonly guest = start();
  readonly #limit: number;

  constructor(spec: Spec, sets: number) {
    this.#limit = layOut(this.guest, { ...spec, ways: WAYS, sets }, bucketShape);
    expect(this.reserve()).toBe(1);
  }

  reserve(): number {
    return this.guest.exports.reserveCells(this.#limit, this.guest.exports.state());
  }

  /** 0 where it passed, else how long to wait. */
  ask(key: bigint, now: bigint, cost = 1n): bigint {
    return BigInt.asUintN(64, this.guest.exports.ask(this.#limit, key, cost, now));
  }

  knows(key: bigint, now: bigint): boolean {
    const { exports } = this.guest;
    return exports.ownCell(this.#limit, exports.workerSet(this.#limit, exports.state(), key), key, now) !== 0;
  }

  setOf(key: bigint): number {
    const { exports } = this.guest;
    return exports.workerSet(this.#limit, exports.state(), key);
  }

  flood(keys: number, every: number, heavy: bigint, crowd: boolean, step: bigint): number {
    return this.guest.exports.flood(this.#limit, keys, every, heavy, crowd, START, step);
  }
}

/** One set by the reference, which is told which key was forgotten. */
class Model {
  readonly #spec: Spec;
  readonly counts = new Map<bigint, readonly Count[]>();

  constructor(spec: Spec) {
    this.#spec = spec;
  }

  ask(key: bigint, now: bigint, cost: bigint): bigint {
    const counts =
      this.counts.get(key) ?? this.#spec.rates.map((rate) => newCount(this.#spec.algorithm, rate));
    const wait = waitOf(counts, cost, now);
    if (wait > 0n) return wait;
    for (const count of counts) count.take(cost, now);
    this.counts.set(key, counts);
    return 0n;
  }

  /** How much of its rates a key has used: the largest part. Of buckets by the time they take to fill. */
  usage(key: bigint, now: bigint): number {
    const counts = this.counts.get(key) ?? [];
    const parts = counts.map((count, i) => {
      const { limit, burst, window } = this.#spec.rates[i] as Rate;
      if (!isBucket(this.#spec.algorithm)) return (limit - Number(count.left(now))) / limit;
      return (Number(count.reset(now)) * limit) / (burst * Number(window));
    });
    return Math.max(...parts);
  }

  isAtItsLimit(key: bigint, now: bigint): boolean {
    return waitOf(this.counts.get(key) ?? [], 1n, now) > 0n;
  }
}

function waitOf(counts: readonly Count[], cost: bigint, now: bigint): bigint {
  return counts.map((count) => count.wait(cost, now)).reduce((most, wait) => (wait > most ? wait : most), 0n);
}

const rate = fc
  .record({
    limit: fc.integer({ min: 1, max: 6 }),
    window: fc.constantFrom(SECOND, 60n * SECOND, HOUR),
    burst: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ limit, window, burst }) => of(limit, window, burst));
const spec = (algorithm: Algorithm): fc.Arbitrary<Spec> =>
  fc.array(rate, { minLength: 1, maxLength: algorithm === "concurrency" ? 1 : 3 }).map((rates) => ({
    algorithm,
    rates: isBucket(algorithm) ? rates : rates.map(({ limit, window }) => of(limit, window)),
  }));
// All of one set: the upper half of a key chooses it.
const requests = fc.array(
  fc.record({
    key: fc.bigInt({ min: 1n, max: 14n }),
    cost: fc.constantFrom(1n, 1n, 1n, 2n, 3n),
    later: fc.oneof(
      { weight: 5, arbitrary: fc.constant(0n) },
      { weight: 2, arbitrary: fc.bigInt({ min: 1n, max: 2n * SECOND }) },
      { weight: 1, arbitrary: fc.bigInt({ min: SECOND, max: HOUR }) },
    ),
  }),
  { maxLength: 150, size: "max" },
);

describe.each(algorithms)("a full set, by %s", (algorithm) => {
  test("gives up full keys first, then the one closest to full, and none at its limit before one that is not", () => {
    let forgotten = 0;
    const property = fc.property(spec(algorithm), requests, (limit, list) => {
      const table = new Table(limit, 1);
      const model = new Model(limit);
      let now = START;
      for (const { key, cost, later } of list) {
        now += later;
        const known = [...model.counts.keys()];
        const evicted = table.guest.exports.evicted();
        const wait = table.ask(key, now, cost);
        const wanted = model.ask(key, now, cost);
        if (wait !== wanted) expect(wait).toBe(wanted);
        const gone = known.filter((other) => !table.knows(other, now));
        if (gone.length > 1) throw new Error("one key makes room for one");
        const missed = table.guest.exports.evicted() - evicted;
        const [out] = gone;
        if (out === undefined) {
          expect(missed).toBe(0);
          continue;
        }
        forgotten++;
        const usage = model.usage(out, now);
        // A full one loses nothing, so it may go while there is room.
        if (usage > 0) expect(known).toHaveLength(WAYS);
        const others = known.filter((other) => other !== out);
        if (missed !== (usage > 0 ? 1 : 0)) throw new Error(`${usage} counts as ${missed}`);
        for (const other of others) {
          const free = !model.isAtItsLimit(other, now);
          if (model.isAtItsLimit(out, now) && free) throw new Error("one at its limit went first");
          if (model.isAtItsLimit(out, now) === !free && usage > model.usage(other, now) + 1e-6)
            throw new Error(`${usage} went before ${model.usage(other, now)}`);
        }
        model.counts.delete(out);
      }
    });
    check(property, 200);
    expect(forgotten).toBeGreaterThan(200);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    "keeps seven at their limit, whatever the place (%i) of the eighth",
    (place) => {
      const table = new Table({ algorithm, rates: [of(4, HOUR)] }, 1);
      for (let i = 0; i < WAYS; i++) {
        for (let n = i === place ? 3 : 4; n > 0; n--) expect(table.ask(BigInt(i + 1), START)).toBe(0n);
      }
      for (let i = 0; i < 1000; i++) expect(table.ask(BigInt(1000 + i), START)).toBe(0n);
      for (let i = 0; i < WAYS; i++) {
        if (i !== place) expect(table.ask(BigInt(i + 1), START)).not.toBe(0n);
      }
    },
  );

  test("of which all are at their limit still serves a new key, for one of the eight", () => {
    const table = new Table({ algorithm, rates: [of(1, HOUR)] }, 1);
    for (let key = 1n; key <= 9n; key++) expect(table.ask(key, START)).toBe(0n);
    expect(table.guest.exports.evicted()).toBe(1);
    const known = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n].filter((key) => table.knows(key, START));
    expect(known).toHaveLength(8);
    expect(known).toContain(9n);
  });

  test("is no business of the other sets", () => {
    const table = new Table({ algorithm, rates: [of(4, HOUR)] }, 2);
    const key = 1n << 32n;
    for (let n = 0; n < 4; n++) expect(table.ask(key, START)).toBe(0n);
    for (let i = 1n; i <= 100n; i++) expect(table.ask(i, START)).toBe(0n);
    expect(table.ask(key, START)).not.toBe(0n);
  });
});

describe("a flood of keys", () => {
  const HEAVY = 0x1234_5678_9abc_def0n;
  const SETS = 16_384;
  /** The heavy key's requests that pass by the reference. */
  const wanted = (
    { algorithm, rates }: Spec,
    spent: number,
    keys: number,
    every: number,
    step: bigint,
  ): number => {
    const counts = rates.map((r) => newCount(algorithm, r));
    for (const count of counts) count.take(BigInt(spent), START);
    let passed = 0;
    for (let i = every; i <= keys; i += every) {
      const now = START + BigInt(i) * step;
      if (waitOf(counts, 1n, now) > 0n) continue;
      for (const count of counts) count.take(1n, now);
      passed++;
    }
    return passed;
  };
  const heavyTable = (limit: Spec, spent: number): Table => {
    const table = new Table(limit, SETS);
    for (let i = 0; i < spent; i++) expect(table.ask(HEAVY, START)).toBe(0n);
    expect(table.ask(HEAVY, START)).not.toBe(0n);
    return table;
  };

  test("of ten millions takes no more memory, and no token to a key that is at its limit", () => {
    const limit: Spec = { algorithm: "token-bucket", rates: [of(100, HOUR)] };
    const table = heavyTable(limit, 100);
    const { memoryBytes } = table.guest;
    const [keys, every, step] = [10_000_000, 100, 100_000n];
    // 1000 seconds go by, in which 27 tokens come back.
    expect(wanted(limit, 100, keys, every, step)).toBe(27);
    expect(table.flood(keys, every, HEAVY, false, step)).toBe(27);
    expect(table.guest.exports.passed()).toBe(keys);
    expect(table.guest.memoryBytes).toBe(memoryBytes);
  });

  test.each(algorithms)("by %s that all fall into one set leave the heavy key where it is", (algorithm) => {
    const limit: Spec = { algorithm, rates: [of(100, HOUR)] };
    const table = heavyTable(limit, 100);
    const { memoryBytes } = table.guest;
    const [keys, every, step] = [1_000_000, 10, 1_000_000n];
    expect(table.flood(keys, every, HEAVY, true, step)).toBe(wanted(limit, 100, keys, every, step));
    expect(table.guest.exports.passed()).toBe(keys);
    expect(table.guest.memoryBytes).toBe(memoryBytes);
  });
});

describe("the table", () => {
  const limit: Spec = { algorithm: "token-bucket", rates: [of(1, HOUR), of(2, 24n * HOUR)] };
  const CELL_BYTES = 8 + 2 * 16;

  test("lies where nothing else does, and has the room it was asked for", () => {
    const before = start().memoryBytes;
    const table = new Table(limit, 4096);
    const room = 4096 * WAYS * CELL_BYTES;
    expect(table.guest.memoryBytes - before).toBe(Math.ceil(room / 65536) * 65536);
    expect(table.setOf(0n)).toBe(before);
    expect(table.setOf(0xffff_ffff_0000_0001n)).toBe(before + 4095 * WAYS * CELL_BYTES);
  });

  test("is kept when a second plugin of the VM configures itself", () => {
    const table = new Table(limit, 16);
    const { memoryBytes } = table.guest;
    expect(table.ask(3n, START)).toBe(0n);
    expect(table.reserve()).toBe(1);
    expect(table.guest.memoryBytes).toBe(memoryBytes);
    expect(table.ask(3n, START)).toBe(HOUR);
  });

  test("that fits no memory is refused", () => {
    const guest = start();
    const { exports } = guest;
    const shape = { ...limit, ways: WAYS };
    const huge = layOut(guest, { ...shape, sets: 2 ** 25 }, bucketShape);
    expect(exports.reserveCells(huge, exports.state())).toBe(0);
    const small = layOut(guest, { ...shape, sets: 16 }, bucketShape);
    expect(exports.reserveCells(small, exports.state())).toBe(1);
  });
});
