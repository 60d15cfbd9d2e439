// What a request costs Envoy in CPU time, with the compiled example and without: one Envoy for each variant, all running at
// once and loaded in turn in many short slices, so that a slow moment of the machine falls on all of them.
import { stat } from "node:fs/promises";
import type { Environment } from "../environment.ts";
import {
  checkVariant,
  loadVariant,
  startVariant,
  wasmPaths,
  type Rig,
  type VariantEnvoy,
} from "../envoy/rig.ts";
import { baseline, listenerBaseline, variants, type Variant } from "../envoy/variants.ts";
import { startGenerator, streamsAtATime, type Generator } from "../load/load.ts";
import { compileModules, limitsNote } from "../modules.ts";
import type { Options } from "../options.ts";
import { grouped, medianAndQuartiles, medianAndRange, none } from "../report/format.ts";
import { progress } from "../report/progress.ts";
import type { Goal, Report, Row } from "../report/report.ts";
import { pairedDifferences, rotated, summarize } from "../report/statistics.ts";

interface Slice {
  /** Envoy's CPU time for each request. */
  readonly microseconds: number;
  readonly requestsPerSecond: number;
}

export async function measureEnvoy(options: Options, { envoy, cores }: Environment): Promise<Report> {
  const rounds = options.rounds ?? 40;
  const requests = options.requests ?? 15_000;
  const rig: Rig = { envoy, cores, modules: await compileModules() };
  await check(rig);

  const running: VariantEnvoy[] = [];
  const generator = startGenerator(options.load, cores);
  const slices = new Map(variants.map(({ name }) => [name, [] as Slice[]]));
  try {
    for (const variant of variants) {
      progress(`envoy: warming up ${variant.name}`);
      const started = await startVariant(rig, variant);
      running.push(started);
      await measureSlice(generator, started, Math.min(7 * requests, 100_000));
    }
    for (let round = 0; round < rounds; round++) {
      if (round % 5 === 0) progress(`envoy: round ${round + 1} of ${rounds}`);
      for (const one of rotated(running, round)) {
        slices.get(one.variant.name)?.push(await measureSlice(generator, one, requests));
      }
    }
  } finally {
    generator.close();
    await Promise.all(running.map((one) => one.process.stop()));
  }
  const of = (name: string): readonly Slice[] => slices.get(name) ?? [];
  return {
    title: "envoy: one request in Envoy",
    columns: [
      ...["variant", "CPU µs: median (min–max)", "over none", "min − min", `× ${baseline}`],
      ...[`over ${listenerBaseline}`, "min − min", "requests/s", "ready s", "wasm bytes"],
    ],
    rows: await Promise.all(running.map((one) => row(one, of, rig))),
    notes: [
      `${rounds} interleaved rounds of ${grouped(requests)} requests each from ${generator.name} over HTTP/2, one connection, ` +
        `${streamsAtATime} streams; one worker thread; a direct response instead of an upstream. "Over" is paired by round: median [quartiles].`,
      `Variants: ${variants.map(({ name, about }) => `\`${name}\`: ${about}`).join("; ")}.`,
      limitsNote,
    ],
    raw: Object.fromEntries(
      running.map(({ variant, readySeconds }) => [variant.name, { readySeconds, slices: of(variant.name) }]),
    ),
  };
}

/** Nothing is measured that does not do what it is said to do. */
async function check(rig: Rig): Promise<void> {
  const faults: string[] = [];
  for (const variant of variants) {
    const found = await checkVariant(rig, variant);
    progress(`envoy: check of ${variant.name}: ${found.length === 0 ? "ok" : "failed"}`);
    faults.push(...found.map((fault) => `${variant.name}: ${fault}`));
  }
  if (faults.length > 0) throw new Error(`variants do not do what they should:\n${faults.join("\n")}`);
}

async function measureSlice(generator: Generator, one: VariantEnvoy, requests: number): Promise<Slice> {
  const before = one.process.cpuNanoseconds();
  const { seconds } = await loadVariant(generator, one, { requests });
  const nanoseconds = Number(one.process.cpuNanoseconds() - before);
  return { microseconds: nanoseconds / 1000 / requests, requestsPerSecond: requests / seconds };
}

async function row(one: VariantEnvoy, of: (name: string) => readonly Slice[], rig: Rig): Promise<Row> {
  const { variant } = one;
  const cpu = (name: string): number[] => of(name).map((slice) => slice.microseconds);
  const own = summarize(cpu(variant.name));
  const over = (base: string): string[] => {
    if (variant.name === base || variant.name === baseline) return [none, none];
    const difference = own.min - summarize(cpu(base)).min;
    return [
      medianAndQuartiles(summarize(pairedDifferences(cpu(variant.name), cpu(base))), 2),
      difference.toFixed(2),
    ];
  };
  const sizes = await Promise.all(
    wasmPaths(rig.modules, variant).map(async (file) => (await stat(file)).size),
  );
  return {
    cells: [
      variant.name,
      medianAndRange(own, 2),
      ...over(baseline),
      variant.name === baseline ? none : (own.median / summarize(cpu(baseline)).median).toFixed(2),
      ...over(listenerBaseline),
      grouped(Math.round(summarize(of(variant.name).map((slice) => slice.requestsPerSecond)).median)),
      one.readySeconds.toFixed(2),
      sizes.length === 0 ? none : String(sizes.reduce((sum, size) => sum + size, 0)),
    ],
    ...goalOf(variant, cpu),
  };
}

function goalOf({ name, goal }: Variant, cpu: (name: string) => number[]): { goal?: Goal } {
  if (!goal) return {};
  const added = (variant: string): number => summarize(pairedDifferences(cpu(variant), cpu(baseline))).median;
  const ratio = added(name) / added(goal.of);
  return {
    goal: { text: `≤ ${goal.atMost} × ${goal.of} (${ratio.toFixed(2)})`, met: ratio <= goal.atMost },
  };
}
