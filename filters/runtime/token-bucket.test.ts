import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entry, type Guest } from "./testing/compile.ts";
import { check } from "./testing/property.ts";

interface Exports {
  table(): number;
  reserve(sets: number): number;
  request(key: bigint, now: bigint, capacity: bigint, cost: bigint, rate: bigint, fillTime: bigint): bigint;
  findBucket(table: number, key: bigint, now: bigint, rate: bigint, fillTime: bigint): number;
}

/** As the compiler makes it: refills `rate` units a nanosecond, a request costs `cost`. */
interface Shape {
  rate: bigint;
  cost: bigint;
  capacity: bigint;
}

interface Request {
  key: bigint;
  now: bigint;
}

const WAYS = 8;
const SECOND = 1_000_000_000n;

let start: () => Guest<Exports>;

beforeAll(async () => {
  start = await entry<Exports>("token-bucket");
});

function table(sets: number): Guest<Exports> {
  const guest = start();
  expect(guest.exports.reserve(sets)).toBe(1);
  return guest;
}

/** The runtime's answer: 0, or how long to wait. */
function ask(guest: Guest<Exports>, { rate, cost, capacity }: Shape, { key, now }: Request): bigint {
  const fillTime = (capacity + rate - 1n) / rate;
  return BigInt.asUintN(64, guest.exports.request(key, now, capacity, cost, rate, fillTime));
}

/** The plain model of one table: sets of eight buckets, each a deficit at a time. */
class Model {
  readonly #sets: number;
  readonly #shape: Shape;
  readonly #buckets = new Map<number, Map<bigint, { deficit: bigint; updated: bigint }>>();
  /** What the last new key pushed out, and all that its set held. */
  evicted: { deficit: bigint; others: bigint[] } | undefined;

  constructor(sets: number, shape: Shape) {
    this.#sets = sets;
    this.#shape = shape;
  }

  ask({ key, now }: Request): bigint {
    this.evicted = undefined;
    const set = this.#setOf(key);
    const { cost, capacity, rate } = this.#shape;
    // A clock that was set back starts anew from where it is.
    const bucket = set.get(key);
    if (bucket && now < bucket.updated) set.set(key, { ...bucket, updated: now });
    const deficit = this.#deficit(set.get(key), now);
    const over = deficit + cost - capacity;
    if (over > 0n) return (over + rate - 1n) / rate;
    if (!set.has(key) && set.size === WAYS) this.#evict(set, now);
    set.set(key, { deficit: deficit + cost, updated: now });
    return 0n;
  }

  /** Which keys of a set are kept, as far as they can be told from full buckets. */
  deficits(key: bigint, now: bigint): bigint[] {
    return [...this.#setOf(key).values()].map((bucket) => this.#deficit(bucket, now));
  }

  #evict(set: Map<bigint, { deficit: bigint; updated: bigint }>, now: bigint): void {
    const ranked = [...set].map(([key, bucket]) => ({ key, deficit: this.#deficit(bucket, now) }));
    const least = ranked.reduce((a, b) => (b.deficit < a.deficit ? b : a));
    this.evicted = { deficit: least.deficit, others: ranked.map(({ deficit }) => deficit) };
    set.delete(least.key);
  }

  #deficit(bucket: { deficit: bigint; updated: bigint } | undefined, now: bigint): bigint {
    if (!bucket) return 0n;
    const refilled = now > bucket.updated ? (now - bucket.updated) * this.#shape.rate : 0n;
    return refilled >= bucket.deficit ? 0n : bucket.deficit - refilled;
  }

  #setOf(key: bigint): Map<bigint, { deficit: bigint; updated: bigint }> {
    const index = Number((key >> 32n) & BigInt(this.#sets - 1));
    const set = this.#buckets.get(index) ?? new Map<bigint, { deficit: bigint; updated: bigint }>();
    this.#buckets.set(index, set);
    return set;
  }
}

// `limit` per `window` with a burst, as compiler/kinds/rate-limit-policy makes buckets of them, and shapes at the edge.
const shape = fc.oneof(
  fc
    .record({
      limit: fc.integer({ min: 1, max: 5000 }),
      seconds: fc.integer({ min: 1, max: 3600 }),
      burst: fc.integer({ min: 1, max: 50 }),
    })
    .map(({ limit, seconds, burst }): Shape => {
      const perToken = BigInt(seconds) * SECOND;
      return { rate: BigInt(limit), cost: perToken, capacity: BigInt(burst) * perToken };
    }),
  fc
    .tuple(fc.bigInt({ min: 1n, max: 1000n }), fc.integer({ min: 1, max: 4 }))
    .map(([rate, burst]): Shape => ({ rate, cost: (1n << 62n) / BigInt(burst), capacity: 1n << 62n })),
);

// Steps of the clock: none, within and beyond refilling; `backwards` too.
const forwardStep = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0n) },
  { weight: 6, arbitrary: fc.bigInt({ min: 1n, max: 3n * SECOND }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 1n, max: 10_000n * SECOND }) },
);
const anyStep = fc.oneof(
  { weight: 9, arbitrary: forwardStep },
  { weight: 1, arbitrary: fc.bigInt({ min: -20n * SECOND, max: -1n }) },
);
const START = 1_800_000_000n * SECOND;

function schedule(key: fc.Arbitrary<bigint>, length: number, step = forwardStep): fc.Arbitrary<Request[]> {
  return fc.array(fc.tuple(key, step), { maxLength: length, size: "max" }).map((steps) => {
    let now = START;
    return steps.map(([k, by]) => ({ key: k, now: (now += by) }));
  });
}

function agree(guest: Guest<Exports>, model: Model, shape: Shape, requests: readonly Request[]): void {
  const answers = requests.map((request) => ask(guest, shape, request));
  expect(answers).toEqual(requests.map((request) => model.ask(request)));
}

describe("a bucket", () => {
  test("answers as the plain model does, to the nanosecond", () => {
    const key = fc.constantFrom(0n, 1n, 1n << 63n, (1n << 64n) - 1n, 0x1234_0000_0000n);
    const property = fc.property(shape, schedule(key, 120), (s, requests) =>
      agree(table(2), new Model(2, s), s, requests),
    );
    check(property, 300);
  });

  test("at its limit refills at its rate after the clock was set back by an hour", () => {
    const shape: Shape = { rate: 1n, cost: SECOND, capacity: 2n * SECOND };
    const guest = table(1);
    const at = (now: bigint): bigint => ask(guest, shape, { key: 7n, now });
    expect([at(START), at(START), at(START)]).toEqual([0n, 0n, SECOND]);
    const back = START - 3600n * SECOND;
    expect(at(back)).toBe(SECOND);
    expect(at(back + SECOND - 1n)).toBe(1n);
    expect(at(back + SECOND)).toBe(0n);
    expect(at(back + SECOND)).toBe(SECOND);
  });

  test("refills nothing when the clock steps back, and goes on from there", () => {
    // One key alone: with others, a bucket that was full at a later time may be forgotten already, and rightly.
    const property = fc.property(shape, schedule(fc.constant(7n), 120, anyStep), (s, requests) =>
      agree(table(1), new Model(1, s), s, requests),
    );
    check(property, 300);
  });

  test("never lets through more than its burst and what the time refilled", () => {
    const property = fc.property(shape, schedule(fc.constant(7n), 300, anyStep), (s, requests) => {
      const guest = table(1);
      let passed = 0n;
      let forward = 0n;
      let last = START;
      for (const request of requests) {
        if (request.now > last) forward += request.now - last;
        last = request.now;
        if (ask(guest, s, request) === 0n) passed++;
        if (passed * s.cost > s.capacity + s.rate * forward) throw new Error(`${passed} in ${forward} ns`);
      }
    });
    check(property, 300);
  });

  test("tells how long to wait: not a nanosecond before, and then it passes", () => {
    const property = fc.property(shape, schedule(fc.constant(7n), 40), (s, requests) => {
      const guest = table(1);
      for (const request of requests) {
        const wait = ask(guest, s, request);
        if (wait === 0n) continue;
        if (wait > 1n) expect(ask(guest, s, { ...request, now: request.now + wait - 1n })).toBe(1n);
        expect(ask(guest, s, { ...request, now: request.now + wait })).toBe(0n);
        return;
      }
    });
    check(property, 500);
  });

  test("drifts by nothing: after 100,000 requests the next one still fits at its very nanosecond", () => {
    // 3 a second. The burst of two keeps the bucket from being full, so that no refilling is lost.
    const s: Shape = { rate: 3n, cost: SECOND, capacity: 2n * SECOND };
    const guest = table(1);
    const fits = (now: bigint): boolean => ask(guest, s, { key: 1n, now }) === 0n;
    expect([fits(START), fits(START), fits(START)]).toEqual([true, true, false]);
    let wrong = 0;
    for (let i = 1n; i <= 100_000n; i++) {
      const due = START + (i * SECOND + 2n) / 3n;
      if (fits(due - 1n) || !fits(due)) wrong++;
    }
    expect(wrong).toBe(0);
  });

  test("of a clock that does not answer refills nothing", () => {
    const s: Shape = { rate: 1n, cost: SECOND, capacity: 3n * SECOND };
    const guest = table(1);
    const answers = [0, 1, 2, 3, 4].map(() => ask(guest, s, { key: 5n, now: 0n }));
    expect(answers).toEqual([0n, 0n, 0n, SECOND, SECOND]);
  });
});

describe("a full set", () => {
  // All keys of one set: the upper half of a key chooses it.
  const inOneSet = fc.bigInt({ min: 0n, max: 13n }).map((key) => (1n << 32n) | key);

  test("gives up the bucket closest to full, and answers as the model does all along", () => {
    const property = fc.property(shape, schedule(inOneSet, 200), (s, requests) => {
      const guest = table(4);
      const model = new Model(4, s);
      for (const request of requests) {
        // Which of several equal buckets goes is nobody's business: stop where it could be seen.
        const deficits = model.deficits(request.key, request.now);
        const least = deficits.reduce((a, b) => (b < a ? b : a), s.capacity);
        const ties = deficits.filter((deficit) => deficit === least && deficit > 0n).length > 1;
        const answer = ask(guest, s, request);
        expect(answer).toBe(model.ask(request));
        if (model.evicted && ties) return;
      }
    });
    check(property, 500);
  });

  const s: Shape = { rate: 1n, cost: SECOND, capacity: 4n * SECOND };
  const spend = (guest: Guest<Exports>, key: bigint, times: number, now = START): void => {
    for (let i = 0; i < times; i++) expect(ask(guest, s, { key, now })).toBe(0n);
  };
  const isAtItsLimit = (guest: Guest<Exports>, key: bigint, now = START): boolean =>
    ask(guest, s, { key, now }) !== 0n;

  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    "keeps seven at their limit, whatever the place (%i) of the eighth",
    (place) => {
      const guest = table(1);
      for (let i = 0; i < WAYS; i++) spend(guest, BigInt(i + 1), i === place ? 3 : 4);
      for (let i = 0; i < 1000; i++) spend(guest, BigInt(1000 + i), 1);
      for (let i = 0; i < WAYS; i++) {
        if (i !== place) expect(isAtItsLimit(guest, BigInt(i + 1))).toBe(true);
      }
    },
  );

  test("gives up a full one before any other", () => {
    const guest = table(1);
    spend(guest, 1n, 1, START - 2n * SECOND);
    for (let i = 2n; i <= 8n; i++) spend(guest, i, i === 2n ? 1 : 4);
    spend(guest, 9n, 4);
    // Key 2 is still known: three more and no fourth.
    spend(guest, 2n, 3);
    expect(isAtItsLimit(guest, 2n)).toBe(true);
    for (let i = 3n; i <= 9n; i++) expect(isAtItsLimit(guest, i)).toBe(true);
  });

  test("of which all are at their limit still serves a new key", () => {
    const guest = table(1);
    for (let i = 1n; i <= 8n; i++) spend(guest, i, 4);
    spend(guest, 9n, 4);
    expect(isAtItsLimit(guest, 9n)).toBe(true);
    expect([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n].filter((key) => isAtItsLimit(guest, key))).toHaveLength(7);
  });

  test("is no business of the other sets", () => {
    const guest = table(2);
    spend(guest, 1n << 32n, 4);
    for (let i = 1n; i <= 100n; i++) spend(guest, i, 4);
    expect(isAtItsLimit(guest, 1n << 32n)).toBe(true);
  });
});

describe("the table", () => {
  test("stays the same size under a flood of keys, each of which gets its burst", () => {
    const s: Shape = { rate: 1n, cost: SECOND, capacity: 4n * SECOND };
    const guest = table(1024);
    const { memoryBytes } = guest;
    let refused = 0;
    for (let i = 0n; i < 100_000n; i++) {
      const key = BigInt.asUintN(64, (i + 1n) * 0x9e3779b97f4a7c15n);
      if (ask(guest, s, { key, now: START + i }) !== 0n) refused++;
    }
    expect(refused).toBe(0);
    expect(guest.memoryBytes).toBe(memoryBytes);
  });

  test("lies where nothing else does, zeroed, and has the room it was asked for", () => {
    const guest = start();
    const before = guest.memoryBytes;
    expect(guest.exports.reserve(4096)).toBe(1);
    const room = 4096 * WAYS * 24;
    expect(guest.memoryBytes - before).toBe(Math.ceil(room / 65536) * 65536);
    const last = guest.exports.findBucket(guest.exports.table(), 0xffff_ffff_0000_0001n, START, 1n, 1n) >>> 0;
    expect(last).toBe(before + 4095 * WAYS * 24);
  });

  test("is kept when a second plugin of the VM configures itself", () => {
    const s: Shape = { rate: 1n, cost: SECOND, capacity: SECOND };
    const guest = table(16);
    const { memoryBytes } = guest;
    expect(ask(guest, s, { key: 3n, now: START })).toBe(0n);
    expect(guest.exports.reserve(16)).toBe(1);
    expect(guest.memoryBytes).toBe(memoryBytes);
    expect(ask(guest, s, { key: 3n, now: START })).toBe(SECOND);
  });

  test("that fits no memory is refused", () => {
    const { exports } = start();
    expect(exports.reserve(1 << 25)).toBe(0);
    expect(exports.reserve(16)).toBe(1);
  });
});
