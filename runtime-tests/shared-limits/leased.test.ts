// Limits that workers lease from: never more than the reference allows, and hardly less; no host call for most requests.
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Algorithm, Rate } from "../../compiler/ir/program.ts";
import { SharedStore } from "../../filters/runtime/testing/shared-store.ts";
import {
  compileWorker,
  Model,
  MS,
  random,
  rateOf,
  SECOND,
  START,
  workers,
  type Spec,
  type Start,
  type Worker,
} from "./workers.ts";

let start: Start;

beforeAll(async () => {
  start = await compileWorker();
});

const KEY = 0x1234_5678_9abc_def0n;
const seed = Number(process.env["TOLLGATE_TEST_SEED"] ?? 20260101);

const algorithms: Algorithm[] = ["token-bucket", "gcra", "fixed-window", "sliding-window"];
const rates: readonly (readonly [string, readonly Rate[]])[] = [
  ["of the smallest size", [rateOf(2048, SECOND)]],
  ["in a long window", [rateOf(20_000, 3600n * SECOND)]],
  ["with a burst of another size", [rateOf(40_000, 60n * SECOND, 5_000)]],
  ["of two rates", [rateOf(3_000, SECOND), rateOf(60_000, 60n * SECOND)]],
  ["of rates whose windows do not nest", [rateOf(4_096, 700n * MS), rateOf(20_000, 9n * SECOND)]],
];
const specs: readonly (readonly [string, Spec])[] = algorithms.flatMap((algorithm) =>
  rates.map(([words, of]) => [`${algorithm} ${words}`, { algorithm, rates: of }] as const),
);

/** How requests come: to which worker, and how long after the one before, where `pace` is the time that a token takes. */
type Traffic = (chance: () => number, i: number, pace: number) => { worker: number; move: number };
const WORKERS = 4;
const traffic: Readonly<Record<string, Traffic>> = {
  "to all workers alike": (chance, _, pace) => ({
    worker: Math.floor(chance() * WORKERS),
    move: chance() * pace,
  }),
  "in bursts to one after the other": (chance, i, pace) => ({
    worker: Math.floor(i / 97) % WORKERS,
    move: i % 97 === 0 ? chance() * 97 * pace : 1000,
  }),
  "to a worker that falls silent while it has tokens": (chance, i, pace) => ({
    worker: i % 1000 < 300 ? Math.floor(chance() * WORKERS) : (Math.floor(i / 1000) + 1) % WORKERS,
    move: chance() * pace,
  }),
  // A bucket that is nearly full fills while tokens are out on lease; then all of it is asked for at once.
  "in small and large bursts": (chance, i, pace) => ({
    worker: i % 7000 < 300 ? Math.floor(i / 7000) % WORKERS : Math.floor(chance() * WORKERS),
    move: i % 7000 === 300 ? chance() * 1000 * pace : i % 7000 === 0 ? 3000 * pace : 1000,
  }),
};

/** Nanoseconds that a token of the rate that is met first takes. */
const paceOf = ({ rates: of }: Spec): number =>
  Math.min(...of.map(({ limit, window }) => Number(window) / limit));

describe.each(specs)("%s", (_, spec) => {
  test.each(Object.keys(traffic))("%s: never more than the reference allows, and at least 99 %%", (name) => {
    const chance = random(seed);
    const all = workers(start, WORKERS, spec);
    const taken = new Model(spec); // what the workers took
    const alone = new Model(spec); // what one would have
    let now = START;
    let count = 0;
    let most = 0;
    // What another worker does in the course of a request's host calls.
    let busy = new Set<Worker>();
    const request = (worker: Worker | undefined, cost: bigint, depth: number): void => {
      if (!worker || busy.has(worker)) return;
      busy = new Set([...busy, worker]);
      const at = now;
      worker.host.meanwhile = () => {
        if (depth > 2 || chance() > 0.3) return;
        now += BigInt(Math.floor(chance() * 1000));
        request(all[Math.floor(chance() * WORKERS)], cost, depth + 1);
      };
      const passed = worker.take(KEY, cost, at) === 0n;
      busy = new Set([...busy].filter((one) => one !== worker));
      if (passed) {
        if (taken.wait(cost, at) !== 0n) throw new Error(`${count} tokens, and one too many`);
        taken.take(cost, at);
        count += Number(cost);
      }
      if (alone.wait(cost, at) === 0n) {
        alone.take(cost, at);
        most += Number(cost);
      }
    };
    const pace = paceOf(spec);
    for (let i = 0; i < 25_000; i++) {
      const { worker, move } = traffic[name]?.(chance, i, pace) ?? { worker: 0, move: 0 };
      now += BigInt(Math.floor(move));
      request(all[worker], BigInt(i % 20 === 0 ? 3 : 1), 0);
    }
    expect(count).toBeGreaterThan(0.99 * most - 3);
  });
});

const HOUR = 3600n * SECOND;
const window = (limit: number, length = HOUR): Spec => ({
  algorithm: "fixed-window",
  rates: [rateOf(limit, length)],
});
const bucket = (limit: number, length = HOUR): Spec => ({
  algorithm: "token-bucket",
  rates: [rateOf(limit, length)],
});

/** Asks until it is refused, or so many times: how often it passed. */
function drain(worker: Worker | undefined, now: bigint, most = Infinity, key = KEY): number {
  let passed = 0;
  while (worker && passed < most && worker.take(key, 1n, now) === 0n) passed++;
  return passed;
}

describe("what idle workers hold", () => {
  test.each([window(100_000), bucket(100_000), { ...window(100_000), algorithm: "sliding-window" as const }])(
    "is at most 1/256, whatever their number: %#",
    (spec) => {
      const all = workers(start, 64, spec);
      // Each uses as many as make its leases large, and leaves some of the last one unspent.
      const used = all.map((worker, i) => drain(worker, START, 200 + i)).reduce((sum, n) => sum + n);
      const [last] = workers(start, 1, spec, { store: all[0]?.host.shared ?? new SharedStore() });
      const rest = drain(last, START);
      expect(used + rest).toBeLessThanOrEqual(100_000);
      expect(used + rest).toBeGreaterThanOrEqual(100_000 - 100_000 / 256);
    },
  );

  test("is theirs to spend, until the window ends", () => {
    const [idle, busy] = workers(start, 2, window(100_000));
    const used = drain(idle, START, 1000) + drain(busy, START);
    const rest = drain(idle, START + HOUR - 1n);
    expect(rest).toBeGreaterThan(0);
    expect(used + rest).toBe(100_000);
    expect(drain(idle, START + HOUR, 1000) + drain(busy, START + HOUR)).toBeGreaterThan(99_000);
  });

  test("is there again for all once the bucket has filled and a second has passed", () => {
    const [idle, busy] = workers(start, 2, bucket(100_000));
    const used = drain(idle, START, 1000);
    // While it is out on lease it does not fill up again.
    const early = drain(busy, START + HOUR);
    const rest = drain(idle, START + HOUR - 1n);
    expect(rest).toBeGreaterThan(0);
    expect(early + rest).toBeLessThanOrEqual(100_000);
    expect(early).toBeGreaterThanOrEqual(100_000 - 100_000 / 256);
    expect(used).toBe(1000);
    const later = START + 3n * HOUR;
    drain(busy, later, 1);
    expect(drain(busy, later + HOUR)).toBe(100_000);
  });

  test("is brought back when they ask again", () => {
    const [worker, other] = workers(start, 2, window(100_000));
    const used = drain(worker, START, 1000);
    // More than is left of any lease.
    expect(worker?.take(KEY, 5000n, START)).toBe(0n);
    expect(drain(other, START)).toBe(100_000 - used - 5000);
  });

  test("is not brought back into a bucket that has filled without it", () => {
    const [idle, busy] = workers(start, 2, bucket(100_000));
    drain(idle, START, 1000);
    drain(busy, START + 3n * HOUR, 1);
    const later = START + 5n * HOUR;
    const used = drain(busy, later, 50_000) + drain(idle, later, 1);
    expect(used + drain(busy, later)).toBe(100_000);
  });

  test("is not brought back into a cell that was forgotten since", () => {
    const [idle, busy] = workers(start, 2, window(100_000));
    drain(idle, START, 1000);
    for (let other = 1n; other <= 8n; other++) busy?.take(other, 2000n, START);
    expect(drain(busy, START)).toBe(100_000);
    expect(idle?.take(KEY, 5000n, START)).not.toBe(0n);
    expect(drain(busy, START + 20n * MS)).toBe(0);
  });

  test("is spent at most once more where the clock is set back and the same window comes again", () => {
    const [idle, busy] = workers(start, 2, window(10_000, SECOND));
    drain(idle, START, 1000);
    drain(busy, START + 5n * SECOND, 1);
    drain(busy, START - 10n * SECOND, 1);
    expect(drain(busy, START) + drain(idle, START)).toBeLessThanOrEqual(10_000 + 10_000 / 256);
  });
});

describe("host calls", () => {
  test("are few for large limits, and a compare and swap for small ones", () => {
    const perRequest = (limit: number): number => {
      const [worker] = workers(start, 1, window(limit));
      if (!worker) return Infinity;
      const before = worker.hostCalls;
      drain(worker, START, 1500);
      return (worker.hostCalls - before) / 1500;
    };
    expect(perRequest(2047)).toBeGreaterThanOrEqual(2);
    expect(perRequest(2048)).toBeLessThan(1);
    expect(perRequest(20_000)).toBeLessThan(0.15);
    expect(perRequest(1_000_000)).toBeLessThan(0.02);
  });

  test("are none for a key that was refused a moment ago", () => {
    const [worker] = workers(start, 1, window(5_000));
    if (!worker) return;
    drain(worker, START);
    const before = worker.hostCalls;
    for (let i = 0n; i < 9n; i++) expect(worker.take(KEY, 1n, START + i * MS)).toBe(HOUR - i * MS);
    expect(worker.hostCalls).toBe(before);
    expect(worker.take(KEY, 1n, START + 10n * MS)).toBe(HOUR - 10n * MS);
    expect(worker.hostCalls).toBe(before + 1);
  });

  test("and memory stay as few with as many keys as there are", () => {
    const store = new SharedStore();
    const [worker, other] = workers(start, 2, window(5_000), { store, sets: 256 });
    if (!worker) return;
    const memory = worker.guest.memoryBytes;
    const chance = random(seed);
    let heavy = 0;
    for (let i = 0; i < 60_000; i++) {
      const key = (BigInt(Math.floor(chance() * 2 ** 32)) << 32n) | BigInt(Math.floor(chance() * 2 ** 32));
      if (worker.take(key, 1n, START) !== 0n) throw new Error("a new key is refused");
      if (i % 4 === 0 && worker.take(KEY, 1n, START) === 0n) heavy++;
    }
    heavy += drain(other, START);
    expect(worker.guest.memoryBytes).toBe(memory);
    expect(store.entries.size).toBe(257);
    // The heavy key is not forgotten because of the flood.
    expect(heavy).toBeLessThanOrEqual(5_000);
    expect(heavy).toBeGreaterThanOrEqual(5_000 - 5_000 / 256);
  });
});

test("no worker starves: under twice the load that fits each gets its share", () => {
  const spec = bucket(10_000, SECOND);
  const all = workers(start, WORKERS, spec);
  const passed = all.map(() => 0);
  const chance = random(seed);
  let now = START;
  for (let i = 0; i < 100_000; i++) {
    now += 50_000n;
    const which = Math.floor(chance() * WORKERS);
    if (all[which]?.take(KEY, 1n, now) === 0n) passed[which] = (passed[which] ?? 0) + 1;
  }
  const total = passed.reduce((sum, n) => sum + n);
  for (const share of passed) expect(share).toBeGreaterThan(total / WORKERS / 1.5);
});

test("what is left is told, with leases' unspent tokens", () => {
  const chance = random(seed);
  for (const algorithm of algorithms) {
    const spec: Spec = { algorithm, rates: [rateOf(10_000, HOUR), rateOf(50_000, 24n * HOUR)] };
    const [worker] = workers(start, 1, spec);
    const model = new Model(spec);
    let now = START;
    for (let i = 0; i < 3000; i++) {
      now += BigInt(Math.floor(chance() * Number(MS)));
      const cost = BigInt(Math.floor(chance() * 4));
      if (worker?.take(KEY, cost, now) !== 0n) throw new Error("refused");
      model.take(cost, now);
      const left = worker.left(now);
      if (String(left) !== String(model.left(now))) expect(left).toEqual(model.left(now));
    }
  }
});

test("what a request took of a lease is undone, and what a response tells is charged", () => {
  const chance = random(seed);
  for (const algorithm of algorithms) {
    const spec: Spec = { algorithm, rates: [rateOf(10_000, HOUR)] };
    const all = workers(start, WORKERS, spec);
    const model = new Model(spec);
    let now = START;
    for (let i = 0; i < 16_000; i++) {
      now += 100_000n;
      const worker = all[Math.floor(chance() * WORKERS)];
      const cost = BigInt(1 + Math.floor(chance() * 4));
      const what = chance();
      if (what < 0.1) {
        if (worker?.look(KEY, cost, now) === 0n) expect(model.wait(cost, now)).toBe(0n);
      } else if (what < 0.2 && i < 6000) {
        // While there is enough: what others have on lease cannot be charged.
        expect(worker?.charge(KEY, cost, now)).toBe(true);
        model.take(cost, now);
      } else if (worker?.take(KEY, cost, now) === 0n) {
        expect(model.wait(cost, now)).toBe(0n);
        if (what < 0.6) expect(worker.giveBack(KEY, cost, now)).toBe(true);
        else model.take(cost, now);
      }
    }
    // All but what is out on lease was there to be used.
    const [left = 0n] = model.left(now);
    expect(left).toBeLessThanOrEqual(10_000n / 256n + 4n);
  }
});
