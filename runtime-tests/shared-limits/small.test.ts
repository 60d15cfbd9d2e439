// Limits that are too small for leases: all workers together decide exactly as the reference does alone, whatever one does
// between another's reading and writing of shared data.
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Algorithm } from "../../compiler/ir/program.ts";
import { SharedStore } from "../../filters/runtime/testing/shared-store.ts";
import { check } from "../../filters/runtime/testing/property.ts";
import {
  compileWorker,
  FAILED,
  Model,
  MS,
  rateOf,
  SECOND,
  START,
  Worker,
  workers,
  type Spec,
  type Start,
} from "./workers.ts";

let start: Start;

beforeAll(async () => {
  start = await compileWorker();
});

/** Of sets of their own where there are four: whoever adds a cell looks at the others of its set, at its own time. */
const KEYS = [0x1234_5678_9abc_def0n, 0xfedc_ba99_7654_3210n, 0x0f0f_0f0e_f0f0_f0f0n];
const WORKERS = 4;

const windows = [MS, 700n * MS, SECOND, 60n * SECOND, 3600n * SECOND];
const rate = fc
  .record({
    limit: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 2000 })),
    window: fc.constantFrom(...windows),
    burst: fc.integer({ min: 1, max: 8 }),
  })
  .map(({ limit, window, burst }) => rateOf(limit, window, burst));

const spec: fc.Arbitrary<Spec> = fc
  .tuple(
    fc.constantFrom<Algorithm>("token-bucket", "gcra", "fixed-window", "sliding-window", "concurrency"),
    fc.array(rate, { minLength: 1, maxLength: 3 }),
  )
  .map(([algorithm, rates]) => {
    const bucket = algorithm === "token-bucket" || algorithm === "gcra";
    const of = rates.map((r) => (bucket ? r : { ...r, burst: r.limit }));
    return { algorithm, rates: algorithm === "concurrency" ? of.slice(0, 1) : of };
  });

/** What a worker does, and what others do in the course of it, before one of its host calls each. */
interface Step {
  readonly worker: number;
  readonly key: number;
  readonly what: "take" | "look" | "charge" | "undo" | "release";
  readonly cost: bigint;
  readonly move: bigint;
  readonly meanwhile: readonly (Step | undefined)[];
}

const step = (moves: readonly bigint[], what: readonly Step["what"][], depth = 2): fc.Arbitrary<Step> =>
  fc.record({
    worker: fc.nat(WORKERS - 1),
    key: fc.nat(KEYS.length - 1),
    what: fc.constantFrom(...what),
    cost: fc.constantFrom(0n, 1n, 1n, 1n, 1n, 2n, 5n, 3000n),
    move: fc.constantFrom(...moves),
    meanwhile:
      depth === 0
        ? fc.constant([])
        : fc.array(fc.option(step(moves, what, depth - 1), { nil: undefined, freq: 2 }), {
            maxLength: 4,
          }),
  });

const forward = [0n, 0n, 1n, MS / 3n, 100n * MS, SECOND, 61n * SECOND];
const anywhere = [...forward, -1n, -MS, -SECOND, -2n * SECOND, -3600n * SECOND];

/** A step that counted: what the reference is told, in the order in which the workers' last host calls were. */
interface Fact {
  readonly key: number;
  readonly cost: bigint;
  readonly now: bigint;
  readonly back: boolean;
}

/** A clock that steps back by more than this was set back; by less, time stands. */
const STANDS = SECOND;

class Play {
  now = START + 123_456_789n;
  readonly facts: Fact[] = [];
  readonly underWay: Fact[] = [];
  readonly #workers: readonly Worker[];
  readonly #spec: Spec;
  readonly #busy = new Set<Worker>();
  /** By key, the time that its cell is up to. */
  readonly #last = new Map<number, bigint>();

  constructor(limit: Spec, cas: number, sets: number) {
    this.#spec = limit;
    this.#workers = workers(start, WORKERS, limit, { sets, store: new SharedStore(cas) });
  }

  run(steps: readonly Step[]): void {
    for (const one of steps) this.step(one);
  }

  step({ worker: number, key, what, cost, move, meanwhile }: Step): void {
    const worker = this.#workers[number];
    const name = KEYS[key];
    // A VM does one thing at a time.
    if (!worker || name === undefined || this.#busy.has(worker)) return;
    this.now += move;
    const now = this.now;
    this.#busy.add(worker);
    const others = [...meanwhile];
    worker.host.meanwhile = () => {
      const other = others.shift();
      if (other) this.step(other);
    };
    this.#act(worker, { key, cost, now, back: false }, name, what);
    this.#busy.delete(worker);
  }

  #act(worker: Worker, fact: Fact, name: bigint, what: Step["what"]): void {
    const { cost, now, key } = fact;
    if (what === "release") {
      const released = this.underWay.shift();
      if (!released) return;
      agree(worker.giveBack(KEYS[released.key] ?? 0n, released.cost, now), true);
      this.facts.push({ ...released, now, back: true });
      return;
    }
    if (what === "charge") {
      agree(worker.charge(name, cost, now), true);
      this.#note(fact);
      return;
    }
    const wait = what === "look" ? worker.look(name, cost, now) : worker.take(name, cost, now);
    agree(wait, this.model(key).wait(cost, now));
    this.#note(wait === 0n && what !== "look" ? fact : { ...fact, cost: 0n });
    if (wait !== 0n) return;
    agree(worker.left(now), this.model(key).left(now));
    if (what === "take") this.underWay.push(fact);
    if (what !== "undo") return;
    agree(worker.giveBack(name, cost, now), true);
    this.facts.push({ ...fact, back: true });
  }

  /** What took nothing left no trace in shared data, but where it found that the clock was set back. */
  #note(fact: Fact): void {
    const last = this.#last.get(fact.key);
    const isSetBack = last !== undefined && fact.now + STANDS < last;
    if (fact.cost === 0n && !isSetBack) return;
    this.facts.push(fact);
    this.#last.set(fact.key, last === undefined || isSetBack || fact.now > last ? fact.now : last);
  }

  /** The reference after all that counted. */
  model(key: number): Model {
    const model = new Model(this.#spec);
    for (const fact of this.facts) {
      if (fact.key !== key) continue;
      if (fact.cost === 0n) model.wait(0n, fact.now);
      else if (fact.back) model.giveBack(fact.cost, fact.now);
      else model.take(fact.cost, fact.now);
    }
    return model;
  }
}

/** As `expect`, which takes a hundred times as long: properties ask it millions of times. */
function agree(found: unknown, wanted: unknown): void {
  if (String(found) !== String(wanted)) expect(found).toEqual(wanted);
}

const cas = fc.constantFrom(1, 0xfffffff0, 0xffffffff, 77);

describe("all workers together", () => {
  const what = ["take", "take", "take", "look", "charge"] as const;

  test("decide as one, whatever the clock does", () => {
    check(
      fc.property(spec, cas, fc.array(step(anywhere, what), { maxLength: 25 }), (limit, first, steps) => {
        new Play(limit, first, 4).run(steps);
      }),
      1500,
    );
  });

  test("undo what a request took as if it had not", () => {
    const what = ["take", "take", "undo", "undo"] as const;
    const clocked = spec.filter(({ algorithm }) => algorithm !== "concurrency");
    const steps = fc.array(fc.tuple(fc.constantFrom(...forward), step([0n], what)), { maxLength: 25 });
    check(
      fc.property(clocked, cas, steps, (limit, first, moved) => {
        const play = new Play(limit, first, 1);
        for (const [move, one] of moved) {
          play.now += move;
          play.step(one);
        }
      }),
      1000,
    );
  });

  test("count requests under way, on whichever worker they end", () => {
    const limits = fc
      .integer({ min: 1, max: 6 })
      .map((limit): Spec => ({ algorithm: "concurrency", rates: [rateOf(limit, 0n)] }));
    const what = ["take", "take", "release", "undo"] as const;
    check(
      fc.property(limits, cas, fc.array(step(anywhere, what), { maxLength: 40 }), (limit, first, steps) => {
        new Play(limit, first, 1).run(steps);
      }),
      1000,
    );
  });
});

test("time that passes between a take and its undoing lets nothing more through", () => {
  const buckets = spec.filter(({ algorithm }) => algorithm !== "concurrency");
  const one = fc.record({
    undone: fc.boolean(),
    move: fc.constantFrom(...forward),
    cost: fc.constantFrom(1n, 2n),
  });
  check(
    fc.property(buckets, fc.array(fc.tuple(one, one), { maxLength: 25 }), (limit, steps) => {
      const [a, b] = workers(start, 2, limit);
      if (!a || !b) return;
      const model = new Model(limit);
      let now = START;
      const [key = 0n] = KEYS;
      const admitted = (cost: bigint, at: bigint): void => {
        agree(model.wait(cost, at), 0n);
        model.take(cost, at);
      };
      for (const [outer, inner] of steps) {
        now += outer.move;
        const at = now;
        const taken = a.take(key, outer.cost, at) === 0n;
        if (taken && !outer.undone) admitted(outer.cost, at);
        now += inner.move;
        if (b.take(key, inner.cost, now) === 0n) admitted(inner.cost, now);
        if (taken && outer.undone) agree(a.giveBack(key, outer.cost, at), true);
      }
    }),
  );
});

describe("shared data", () => {
  const limit: Spec = { algorithm: "fixed-window", rates: [rateOf(5, 3600n * SECOND)] };

  test("has no more entries than there are sets, whatever clients send", () => {
    const store = new SharedStore();
    const [a, b] = workers(start, 2, limit, { sets: 64, store });
    const largest = Math.max;
    let size = 0;
    for (let i = 0n; i < 50_000n; i++) {
      const worker = i % 2n === 0n ? a : b;
      const key = BigInt.asUintN(64, (i + 1n) * 0x9e37_79b9_7f4a_7c15n);
      expect(worker?.take(key, 1n, START)).toBe(0n);
      for (const { value } of i === 49_999n ? store.entries.values() : []) size = largest(size, value.length);
    }
    // One more is `tollgate.turn`.
    expect(store.entries.size).toBe(65);
    expect(size).toBe(8 * 24);
  });

  test("forgets the key that has used least, and says so", () => {
    const [worker] = workers(start, 1, limit);
    if (!worker) return;
    const key = (i: number): bigint => BigInt(i) << 8n;
    for (let i = 1; i <= 8; i++) {
      expect(worker.take(key(i), i === 3 ? 1n : 5n, START)).toBe(0n);
      expect(worker.forgot).toBe(false);
    }
    expect(worker.take(key(9), 2n, START)).toBe(0n);
    expect(worker.forgot).toBe(true);
    for (const i of [1, 2, 4, 5, 6, 7, 8]) expect(worker.take(key(i), 1n, START)).not.toBe(0n);
    expect(worker.take(key(3), 5n, START)).toBe(0n);
  });

  test("goes on where filters are loaded anew, and apart for limits that mean something else", () => {
    const store = new SharedStore();
    const take = (layout: object): bigint | undefined =>
      workers(start, 1, limit, { store, ...layout })[0]?.take(1n, 3n, START);
    expect(take({})).toBe(0n);
    expect(take({})).not.toBe(0n);
    expect(take({ identity: 2n })).toBe(0n);
    expect(take({ sets: 2 })).toBe(0n);
  });

  test("of another size is as good as none", () => {
    const store = new SharedStore();
    workers(start, 1, limit, { store })[0]?.take(1n, 5n, START);
    for (const [key, { cas: number }] of store.entries) store.set(key, new Uint8Array(7), number);
    expect(workers(start, 1, limit, { store })[0]?.take(1n, 5n, START)).toBe(0n);
  });

  test("that the proxy does not give or take is a failure, and takes nothing", () => {
    const store = new SharedStore();
    const [worker] = workers(start, 1, limit, { store });
    for (const refusing of ["readStatus", "writeStatus"] as const) {
      store[refusing] = 10;
      expect(worker?.take(1n, 1n, START)).toBe(FAILED);
      expect(worker?.charge(1n, 1n, START)).toBe(false);
      store[refusing] = 0;
    }
    expect(worker?.take(1n, 5n, START)).toBe(0n);
    expect(worker?.take(1n, 1n, START)).not.toBe(0n);
  });

  test("that others write all the time is a failure after a thousand attempts", () => {
    const store = new SharedStore();
    const [worker, other] = workers(start, 2, { ...limit, rates: [rateOf(2000, SECOND)] }, { store });
    if (!worker || !other) return;
    other.take(1n, 1n, START);
    worker.host.meanwhile = () => {
      other.charge(2n, 1n, START);
    };
    expect(worker.take(1n, 1n, START)).toBe(FAILED);
    expect(store.mismatches).toBe(1000);
    worker.host.meanwhile = () => undefined;
    expect(worker.take(1n, 1999n, START)).toBe(0n);
    // Nothing is left behind in the arena.
    expect(worker.guest.memoryBytes).toBe(other.guest.memoryBytes);
  });
});

describe("the seed of keys", () => {
  const limit: Spec = { algorithm: "fixed-window", rates: [rateOf(5, SECOND)] };

  test("is the same in all workers, also where they choose it at once, and where filters are loaded anew", () => {
    const store = new SharedStore();
    const all = workers(start, 4, limit, { store });
    all.forEach((worker, i) => (worker.host.time = START + BigInt(i)));
    const rest = all.slice(1);
    const [first] = all;
    if (first) {
      // Once it has found none.
      let calls = 0;
      first.host.meanwhile = () => {
        if (calls++ > 0) rest.pop()?.guest.exports.seedSharedKeys();
      };
      first.guest.exports.seedSharedKeys();
    }
    expect(store.mismatches).toBe(1);
    for (const worker of rest) worker.guest.exports.seedSharedKeys();
    const [late] = workers(start, 1, limit, { store });
    if (late) late.host.time = START + 99n;
    late?.guest.exports.seedSharedKeys();
    const keys = [...all, late].map((worker) => worker?.guest.exports.beginKey(1n));
    expect(new Set(keys).size).toBe(1);
    const [elsewhere] = workers(start, 1, limit);
    if (elsewhere) elsewhere.host.time = START + 5n;
    elsewhere?.guest.exports.seedSharedKeys();
    expect(keys).not.toContain(elsewhere?.guest.exports.beginKey(1n));
  });

  test("is missed where the proxy refuses", () => {
    const store = new SharedStore();
    const [worker] = workers(start, 1, limit, { store });
    store.writeStatus = 10;
    expect(worker?.guest.exports.seedSharedKeys()).toBe(0);
    store.readStatus = 10;
    expect(worker?.guest.exports.seedSharedKeys()).toBe(0);
  });
});
