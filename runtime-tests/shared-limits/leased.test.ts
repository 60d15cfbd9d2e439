// Limits that workers lease from: never more than the reference allows, and hardly less; no host call for most requests.
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Algorithm, Rate } from "../../compiler/ir/program.ts";
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
  "with pauses": (chance, i, pace) => ({
    worker: Math.floor(chance() * WORKERS),
    move: i % 5000 === 4999 ? 3000 * pace : chance() * pace * 0.7,
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
    for (let i = 0; i < 40_000; i++) {
      const { worker, move } = traffic[name]?.(chance, i, pace) ?? { worker: 0, move: 0 };
      now += BigInt(Math.floor(move));
      request(all[worker], BigInt(i % 20 === 0 ? 3 : 1), 0);
    }
    expect(count).toBeGreaterThan(0.99 * most - 3);
  });
});
