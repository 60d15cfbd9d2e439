// The workers of one proxy: VMs that share a limit through one store, under a clock that the test sets.
import { newCount, type Count } from "../../compiler/ir/counts.ts";
import type { Algorithm, Rate } from "../../compiler/ir/program.ts";
import { bucketShape } from "../../compiler/ir/rates.ts";
import { entry, type Guest } from "../../filters/runtime/testing/compile.ts";
import { StubHost } from "../../filters/runtime/testing/host.ts";
import { layOut } from "../../filters/runtime/testing/limit-layout.ts";
import { SharedStore } from "../../filters/runtime/testing/shared-store.ts";

interface Exports {
  limit(): number;
  state(): number;
  sharedReserve(limit: number, state: number, identity: bigint): number;
  sharedTake(limit: number, state: number, key: bigint, cost: bigint, now: bigint): bigint;
  sharedLook(limit: number, state: number, key: bigint, cost: bigint, now: bigint): bigint;
  sharedCharge(limit: number, state: number, key: bigint, cost: bigint, now: bigint): number;
  sharedGiveBack(limit: number, state: number, key: bigint, cost: bigint, now: bigint): number;
  sharedCell(limit: number, state: number, now: bigint): number;
  sharedForgot(): number;
  leftOf(limit: number, cell: number, rate: number, now: bigint): bigint;
  resetOf(limit: number, cell: number, rate: number, now: bigint): bigint;
  seedSharedKeys(): number;
  beginKey(limit: bigint): bigint;
  allocate(size: number): number;
}

export const MS = 1_000_000n;
export const SECOND = 1000n * MS;
export const START = 1_800_000_000n * SECOND;
/** What a worker answers that does not know. */
export const FAILED = (1n << 64n) - 1n;

export interface Spec {
  readonly algorithm: Algorithm;
  readonly rates: readonly Rate[];
}

export type Start = (host: StubHost) => Guest<Exports>;

export const compileWorker = (): Promise<Start> => entry<Exports>("shared-limits");

export function rateOf(limit: number, window: bigint, burst = limit): Rate {
  return { item: "a", words: "", limit, window, burst };
}

export interface Layout {
  readonly sets?: number;
  readonly ways?: number;
  readonly identity?: bigint;
  readonly store?: SharedStore;
}

export class Worker {
  readonly host = new StubHost();
  readonly guest: Guest<Exports>;
  readonly #limit: number;
  readonly #rates: number;

  constructor(
    start: Start,
    { algorithm, rates }: Spec,
    { sets = 1, ways = 8, identity = 1n, store = new SharedStore() }: Layout,
  ) {
    this.host.shared = store;
    this.guest = start(this.host);
    this.#limit = layOut(this.guest, { algorithm, rates, sets, ways }, bucketShape);
    this.#rates = rates.length;
    const { exports } = this.guest;
    if (exports.sharedReserve(this.#limit, exports.state(), identity) !== 1) throw new Error("no memory");
  }

  /** 0, nanoseconds to wait, or `FAILED`. */
  take(key: bigint, cost: bigint, now: bigint): bigint {
    const { exports } = this.guest;
    return BigInt.asUintN(64, exports.sharedTake(this.#limit, exports.state(), key, cost, now));
  }

  look(key: bigint, cost: bigint, now: bigint): bigint {
    const { exports } = this.guest;
    return BigInt.asUintN(64, exports.sharedLook(this.#limit, exports.state(), key, cost, now));
  }

  charge(key: bigint, cost: bigint, now: bigint): boolean {
    const { exports } = this.guest;
    return exports.sharedCharge(this.#limit, exports.state(), key, cost, now) === 1;
  }

  giveBack(key: bigint, cost: bigint, now: bigint): boolean {
    const { exports } = this.guest;
    return exports.sharedGiveBack(this.#limit, exports.state(), key, cost, now) === 1;
  }

  /** Of the key that was asked last, by rate. */
  left(now: bigint): bigint[] {
    const { exports } = this.guest;
    const cell = exports.sharedCell(this.#limit, exports.state(), now);
    return Array.from({ length: this.#rates }, (_, i) =>
      BigInt.asUintN(64, exports.leftOf(this.#limit, cell, i, now)),
    );
  }

  /** Whether the last take made the proxy forget a key. */
  get forgot(): boolean {
    return this.guest.exports.sharedForgot() === 1;
  }

  /** How often it asked for shared data or wrote it. */
  get hostCalls(): number {
    const { calls } = this.host;
    return (calls.get("proxy_get_shared_data") ?? 0) + (calls.get("proxy_set_shared_data") ?? 0);
  }
}

export function workers(start: Start, number: number, spec: Spec, layout: Layout = {}): Worker[] {
  const store = layout.store ?? new SharedStore();
  return Array.from({ length: number }, () => new Worker(start, spec, { ...layout, store }));
}

/** What the reference says of one key: all rates must have room. */
export class Model {
  readonly #counts: readonly Count[];

  constructor({ algorithm, rates }: Spec) {
    this.#counts = rates.map((rate) => newCount(algorithm, rate));
  }

  wait(cost: bigint, now: bigint): bigint {
    return this.#counts.map((c) => c.wait(cost, now)).reduce((most, wait) => (wait > most ? wait : most));
  }

  take(cost: bigint, now: bigint): void {
    for (const count of this.#counts) count.take(cost, now);
  }

  giveBack(cost: bigint, now: bigint): void {
    for (const count of this.#counts) count.giveBack(cost, now);
  }

  left(now: bigint): bigint[] {
    return this.#counts.map((c) => c.left(now));
  }
}

/** A generator of numbers that a seed determines (mulberry32): from 0, below 1. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
