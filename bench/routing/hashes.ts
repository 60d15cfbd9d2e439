// By which hash a split takes its key: what each costs in WebAssembly, and how evenly it spreads keys that people have.
import { instantiateSync } from "@assemblyscript/loader";
import { compile } from "../../filters/runtime/testing/compile.ts";
import type { Options } from "../options.ts";
import { grouped, medianAndRange } from "../report/format.ts";
import { progress } from "../report/progress.ts";
import type { Report, Row } from "../report/report.ts";
import { pairedDifferences, rotated, summarize } from "../report/statistics.ts";

type Loop = (count: number, stride: number, size: number) => void;

/** What filters/runtime/testing/hashes.ts exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  keys(): number;
  hashes(): number;
  readonly nothing: Loop;
  readonly sipHash: Loop;
  readonly xxHash: Loop;
  readonly wyHash: Loop;
  readonly murmur: Loop;
  readonly fnv: Loop;
  finalise(count: number, seed: bigint): void;
  choose(count: number, stride: number, size: number, arms: number): void;
}

export const hashNames = {
  sipHash: "SipHash-1-3, the split's own",
  xxHash: "XXH64",
  wyHash: "wyhash",
  murmur: "MurmurHash3's finaliser, word by word",
  fnv: "FNV-1a",
} as const;
export type HashName = keyof typeof hashNames;
const names = Object.keys(hashNames) as HashName[];

/** Keys at once. */
const COUNT = 65_536;
const STRIDE = 40;
const CHUNKS = 4;
const BINS = 4096;
const sizes = [4, 8, 24, 36] as const;

/** Keys as requests have them, by their number. */
const families: Readonly<Record<string, (number: number, random: () => number) => Buffer>> = {
  "user-1, user-2 …": (number) => Buffer.from(`user-${String(number).padStart(9, "0")}`),
  UUIDs: (_, random) => {
    const hex = Array.from({ length: 4 }, () => random().toString(16).padStart(8, "0")).join("");
    return Buffer.from(
      `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`,
    );
  },
  "neighbouring addresses": (number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(0x0a00_0000 + number);
    return bytes;
  },
  "words of two letters": (number) =>
    Buffer.from(number.toString(2).padStart(18, "0").replaceAll("0", "a").replaceAll("1", "b")),
  "numbers of eight bytes": (number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(number);
    return bytes;
  },
};

/** The hashes, compiled with the flags that ship, and ready to be asked. */
export class Hashes {
  readonly exports: Exports;

  constructor(wasm: Uint8Array) {
    this.exports = instantiateSync(wasm, {}).exports as unknown as Exports;
    this.exports._initialize();
  }

  static async compile(): Promise<Hashes> {
    return new Hashes(await compile("filters/runtime/testing/hashes.ts", "policy"));
  }

  /** The hash of one key. */
  of(name: HashName, key: Uint8Array): bigint {
    this.#place([key]);
    this.exports[name](1, STRIDE, key.length);
    return this.#found(1)[0] ?? 0n;
  }

  /** The hashes of keys of one size. */
  all(name: HashName, keys: readonly Uint8Array[]): BigUint64Array {
    this.#place(keys);
    this.exports[name](keys.length, STRIDE, keys[0]?.length ?? 0);
    return this.#found(keys.length);
  }

  /** What an arm of this seed draws with, of the hashes that are there. */
  drawn(count: number, hashes: BigUint64Array, seed: bigint): BigUint64Array {
    new BigUint64Array(this.exports.memory.buffer, this.exports.hashes(), count).set(hashes);
    this.exports.finalise(count, seed);
    return this.#found(count);
  }

  #place(keys: readonly Uint8Array[]): void {
    const memory = new Uint8Array(this.exports.memory.buffer, this.exports.keys(), COUNT * STRIDE);
    keys.forEach((key, i) => memory.set(key, i * STRIDE));
  }

  #found(count: number): BigUint64Array {
    return new BigUint64Array(this.exports.memory.buffer, this.exports.hashes(), count).slice();
  }
}

export async function measureHashes(options: Options): Promise<Report> {
  const hashes = await Hashes.compile();
  const { rounds = 30 } = options;
  const speed = measureSpeed(hashes.exports, rounds);
  const evenness = Object.fromEntries(names.map((name) => [name, measureEvenness(hashes, name)]));
  const base = summarize(speed["sipHash 24"] ?? []).median;
  const rows = names.map((name): Row => {
    const { collisions, alone, finalised, together } = evenness[name] ?? worst;
    const times = sizes.map((size) => medianAndRange(summarize(speed[`${name} ${size}`] ?? []), 1));
    const ratio = summarize(speed[`${name} 24`] ?? []).median / base;
    return {
      cells: [
        hashNames[name],
        ...times,
        ratio.toFixed(2),
        ...[alone, finalised, together].map((sigma) => sigma.toFixed(1)),
        String(collisions),
      ],
    };
  });
  const choice = [2, 20].map((arms) => summarize(speed[`choose ${arms}`] ?? []).median.toFixed(0));
  return {
    title: "routing: hashes of a split, in WebAssembly",
    columns: [
      "hash",
      ...sizes.map((size) => `ns: ${size} bytes`),
      "× SipHash-1-3, 24 bytes",
      ...["alone, σ", "as drawn, σ", "two arms, σ"],
      "equal hashes",
    ],
    rows,
    notes: [
      `${rounds} interleaved rounds of ${grouped(COUNT)} keys, the loop alone taken off, median (min–max). The whole choice by a key of 24 bytes takes ${choice[0] ?? ""} ns with 2 arms and ${choice[1] ?? ""} ns with 20.`,
      `Evenness: the χ² of ${grouped(COUNT * CHUNKS)} keys in ${grouped(BINS)} classes by their highest bits, as deviations from what chance gives: the furthest of ${Object.keys(families).join("; ")}. Up to 4 is chance.`,
    ],
    raw: { speed, evenness },
  };
}

/** Nanoseconds of a key, round by round. */
function measureSpeed(exports: Exports, rounds: number): Record<string, number[]> {
  const loops: Record<string, (() => void) | undefined> = {};
  for (const size of sizes) {
    for (const name of ["nothing", ...names] as const)
      loops[`${name} ${size}`] = () => exports[name](COUNT, STRIDE, size);
  }
  for (const arms of [2, 20]) loops[`choose ${arms}`] = () => exports.choose(COUNT, STRIDE, 24, arms);
  const random = randomWords();
  const keys = new Uint32Array(exports.memory.buffer, exports.keys(), (COUNT * STRIDE) / 4);
  keys.forEach((_, i) => (keys[i] = random()));
  const found: Record<string, number[]> = {};
  const all = Object.entries(loops);
  for (const [, loop] of all) for (let i = 0; i < 20; i++) loop?.();
  for (let round = 0; round < rounds; round++) {
    if (round % 10 === 0) progress(`hashes: round ${round + 1} of ${rounds}`);
    for (const [name, loop] of rotated(all, round)) {
      const started = process.hrtime.bigint();
      loop?.();
      (found[name] ??= []).push(Number(process.hrtime.bigint() - started) / COUNT);
    }
  }
  const less = (name: string, size: number): number[] =>
    pairedDifferences(found[name] ?? [], found[`nothing ${size}`] ?? []);
  return Object.fromEntries([
    ...sizes.flatMap((size) => names.map((name) => [`${name} ${size}`, less(`${name} ${size}`, size)])),
    ...[2, 20].map((arms) => [`choose ${arms}`, less(`choose ${arms}`, 24)]),
  ]) as Record<string, number[]>;
}

interface Evenness {
  /** Pairs of keys with one hash. */
  readonly collisions: number;
  /** Of the hash itself, of what an arm draws with, and of what two arms draw with together: see the notes. */
  readonly alone: number;
  readonly finalised: number;
  readonly together: number;
}

const worst: Evenness = { collisions: 0, alone: 0, finalised: 0, together: 0 };

/** Over all families of keys the worst. */
export function measureEvenness(hashes: Hashes, name: HashName, chunks = CHUNKS): Evenness {
  return Object.values(families)
    .map((keyOf) => evennessOf(hashes, name, keyOf, chunks))
    .reduce((a, b) => ({
      collisions: a.collisions + b.collisions,
      alone: Math.max(a.alone, b.alone),
      finalised: Math.max(a.finalised, b.finalised),
      together: Math.max(a.together, b.together),
    }));
}

function evennessOf(
  hashes: Hashes,
  name: HashName,
  keyOf: (number: number, random: () => number) => Buffer,
  chunks: number,
): Evenness {
  const random = randomWords();
  const [alone, finalised, together] = [0, 1, 2].map(() => new Uint32Array(BINS)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const count = (bins: Uint32Array, bin: number): void => {
    bins[bin] = (bins[bin] ?? 0) + 1;
  };
  const seen = new BigUint64Array(COUNT * chunks);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const keys = Array.from({ length: COUNT }, (_, i) => keyOf(chunk * COUNT + i, random));
    const found = hashes.all(name, keys);
    seen.set(found, chunk * COUNT);
    const first = hashes.drawn(COUNT, found, 0x5bd1e995_9e3779b9n);
    const second = hashes.drawn(COUNT, found, 0x5bd1e995_9e3779bbn);
    const [hash, one, other] = [found, first, second].map(highWords) as [
      Uint32Array,
      Uint32Array,
      Uint32Array,
    ];
    for (let i = 0; i < COUNT; i++) {
      count(alone, (hash[i] ?? 0) >>> 20);
      count(finalised, (one[i] ?? 0) >>> 20);
      count(together, ((one[i] ?? 0) >>> 26) * 64 + ((other[i] ?? 0) >>> 26));
    }
  }
  seen.sort();
  return {
    collisions: seen.reduce((sum, hash, i) => (i > 0 && hash === seen[i - 1] ? sum + 1 : sum), 0),
    alone: deviation(alone),
    finalised: deviation(finalised),
    together: deviation(together),
  };
}

function highWords(words: BigUint64Array): Uint32Array {
  return new Uint32Array(words.buffer).filter((_, i) => i % 2 === 1);
}

/** By how many standard deviations χ² differs from what it is by chance. */
function deviation(bins: Uint32Array): number {
  const expected = bins.reduce((sum, count) => sum + count, 0) / BINS;
  const chi = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return Math.abs(chi - (BINS - 1)) / Math.sqrt(2 * (BINS - 1));
}

/** The same 32-bit words in each run (xorshift). */
function randomWords(): () => number {
  let word = 0x2545f491;
  return () => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return word >>> 0;
  };
}
