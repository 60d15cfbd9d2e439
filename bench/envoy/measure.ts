// What a request costs Envoy in CPU time under each variant of a suite: one Envoy for each, all running at once and loaded
// in turn in many short slices, so that a slow moment of the machine falls on all of them. Now and then all are started
// anew: where a process lies in memory makes it faster or slower for its whole life, by more than some filters cost.
import { stat } from "node:fs/promises";
import type { Environment } from "../environment.ts";
import { startGenerator, streamsAtATime, type Generator } from "../load/load.ts";
import { nodeGenerator } from "../load/node-generator.ts";
import type { Options } from "../options.ts";
import { grouped, medianAndQuartiles, medianAndRange, none } from "../report/format.ts";
import { progress } from "../report/progress.ts";
import type { Goal, Report, Row } from "../report/report.ts";
import { pairedDifferences, rotated, summarize, type Summary } from "../report/statistics.ts";
import { checkVariant, loadVariant, startVariant, type Rig, type VariantEnvoy } from "./rig.ts";
import type { CpuGoal, Suite, Variant } from "./suite.ts";

interface Slice {
  /** Envoy's CPU time for each request. */
  readonly microseconds: number;
  readonly requestsPerSecond: number;
}

/** What one variant was measured at. */
interface Course {
  readonly variant: Variant;
  /** Of each of its processes, see VariantEnvoy. */
  readonly readySeconds: number[];
  readonly slices: Slice[];
}

/** Rounds that one set of processes lives for. */
const roundsAtATime = 5;

export interface SuiteReport extends Report {
  /** What each variant but the baseline adds to that, in microseconds of CPU time, paired by round. */
  readonly added: ReadonlyMap<string, Summary>;
  readonly rounds: number;
  /** In a slice, of those variants that get all of them. */
  readonly requests: number;
}

export async function measureSuite(suite: Suite, options: Options, rig: Environment): Promise<SuiteReport> {
  const rounds = options.rounds ?? 40;
  const requests = options.requests ?? 15_000;
  await check(suite, rig);
  const courses = suite.variants.map((variant): Course => ({ variant, readySeconds: [], slices: [] }));
  const generator = generatorFor(suite, options, rig);
  try {
    for (let done = 0; done < rounds; done += roundsAtATime) {
      const now = Math.min(roundsAtATime, rounds - done);
      progress(`${suite.title}: round ${done + 1} of ${rounds}`);
      await measureRounds(suite, rotated(courses, done / roundsAtATime), now, requests, generator, rig);
    }
  } finally {
    generator.close();
  }
  const method =
    `${rounds} interleaved rounds of ${grouped(requests)} requests each from ${generator.name} over HTTP/2, one connection, ` +
    `${streamsAtATime} streams; one worker thread; a direct response instead of an upstream; new processes every ${roundsAtATime} rounds. ` +
    `"Over" is paired by round: median [quartiles].`;
  const figures = new Figures(courses, suite.baseline);
  return {
    ...(await table(suite, courses, figures)),
    notes: notes(suite, method),
    rounds,
    requests,
    added: new Map(
      suite.variants
        .filter(({ name }) => name !== suite.baseline)
        .map(({ name }) => [name, figures.added(name)]),
    ),
  };
}

/** h2load sends the same headers each time. */
function generatorFor({ request, variants }: Suite, { load }: Options, { cores }: Environment): Generator {
  const rotates = [request, ...variants.map((variant) => variant.request)].some((one) => one?.rotating);
  return rotates ? nodeGenerator(cores.load) : startGenerator(load, cores);
}

/** Starts the variants' Envoys, in this order, measures them, and stops them. */
async function measureRounds(
  suite: Suite,
  courses: readonly Course[],
  rounds: number,
  requests: number,
  generator: Generator,
  rig: Environment,
): Promise<void> {
  const running: { course: Course; envoy: VariantEnvoy }[] = [];
  try {
    for (const course of courses) {
      const envoy = await startVariant(rig, course.variant);
      running.push({ course, envoy });
      course.readySeconds.push(envoy.readySeconds);
      // V8 optimizes what has run often.
      await measureSlice(suite, generator, envoy, Math.min(7 * requests, 100_000));
    }
    for (let round = 0; round < rounds; round++) {
      for (const { course, envoy } of rotated(running, round)) {
        course.slices.push(await measureSlice(suite, generator, envoy, requests));
      }
    }
  } finally {
    await Promise.all(running.map(({ envoy }) => envoy.process.stop()));
  }
}

/** Nothing is measured that does not do what it is said to do. */
async function check(suite: Suite, rig: Rig): Promise<void> {
  const faults: string[] = [];
  for (const variant of [...suite.variants, ...(suite.twins ?? [])]) {
    const found = await checkVariant(rig, suite, variant);
    progress(`${suite.title}: check of ${variant.name}: ${found.length === 0 ? "ok" : "failed"}`);
    faults.push(...found.map((fault) => `${variant.name}: ${fault}`));
  }
  if (faults.length > 0) throw new Error(`variants do not do what they should:\n${faults.join("\n")}`);
}

async function measureSlice(
  suite: Suite,
  generator: Generator,
  running: VariantEnvoy,
  most: number,
): Promise<Slice> {
  const { request = suite.request, share = 1 } = running.variant;
  const requests = Math.max(1, Math.round(most * share));
  const before = running.process.cpuNanoseconds();
  const { seconds } = await loadVariant(generator, running, { request, requests });
  const nanoseconds = Number(running.process.cpuNanoseconds() - before);
  return { microseconds: nanoseconds / 1000 / requests, requestsPerSecond: requests / seconds };
}

async function table(
  suite: Suite,
  courses: readonly Course[],
  figures: Figures,
): Promise<Omit<Report, "notes">> {
  const { baseline, over = [], times = [], missing = [] } = suite;
  const row = async ({ variant, readySeconds, slices }: Course): Promise<Row> => {
    const goals = (variant.goals ?? []).map((goal) => judge(suite, figures, variant, goal));
    return {
      cells: [
        variant.name,
        medianAndRange(summarize(figures.cpu(variant.name)), 2),
        ...figures.over(variant.name, baseline),
        variant.name === baseline ? none : figures.ratio(variant.name).toFixed(2),
        ...over.flatMap((base) => figures.over(variant.name, base)),
        ...times.map((base) => figures.times(variant.name, base)),
        grouped(Math.round(summarize(slices.map((slice) => slice.requestsPerSecond)).median)),
        summarize(readySeconds).median.toFixed(2),
        await wasmBytes(variant),
      ],
      ...(goals.length > 0 && { goals }),
    };
  };
  return {
    title: suite.title,
    columns: [
      ...["variant", "CPU µs: median (min–max)", `over ${baseline}`, "min − min", `× ${baseline}`],
      ...over.flatMap((base) => [`over ${base}`, "min − min"]),
      ...times.map((base) => `added × ${base} (min − min)`),
      ...["requests/s", "ready s", "wasm bytes"],
    ],
    rows: await Promise.all(courses.map(row)),
    leftOut: missing,
    raw: Object.fromEntries(
      courses.map(({ variant, readySeconds, slices }) => [variant.name, { readySeconds, slices }]),
    ),
  };
}

function notes({ variants, legend, notes: own = [] }: Suite, method: string): string[] {
  const each = variants.map(({ name, about }) => (about === undefined ? "" : `\`${name}\`: ${about}`));
  return [method, legend ?? `Variants: ${each.filter(Boolean).join("; ")}.`, ...own];
}

/** The slices of all variants, compared with each other. */
class Figures {
  readonly #microseconds: ReadonlyMap<string, readonly number[]>;
  readonly #baseline: string;

  constructor(courses: readonly Course[], baseline: string) {
    this.#microseconds = new Map(
      courses.map(({ variant, slices }) => [variant.name, slices.map((slice) => slice.microseconds)]),
    );
    this.#baseline = baseline;
  }

  has(name: string): boolean {
    return this.#microseconds.has(name);
  }

  /** Of each round. */
  cpu(name: string): readonly number[] {
    return this.#microseconds.get(name) ?? [];
  }

  /** Two cells: the difference paired by round, and that of the best slices. */
  over(name: string, base: string): string[] {
    if (name === base || name === this.#baseline) return [none, none];
    const differences = summarize(pairedDifferences(this.cpu(name), this.cpu(base)));
    return [medianAndQuartiles(differences, 2), this.#bestDifference(name, base).toFixed(2)];
  }

  /** Of the medians. */
  ratio(name: string): number {
    return summarize(this.cpu(name)).median / summarize(this.cpu(this.#baseline)).median;
  }

  /** What a variant adds, as a multiple of what another one does. */
  addedRatio(name: string, of: string): number {
    return this.added(name).median / this.added(of).median;
  }

  /** A cell: that ratio of the medians, and in brackets of the best slices. */
  times(name: string, of: string): string {
    if (name === this.#baseline || !this.has(of)) return none;
    const best = this.#bestDifference(name, this.#baseline) / this.#bestDifference(of, this.#baseline);
    return `${this.addedRatio(name, of).toFixed(2)} (${best.toFixed(2)})`;
  }

  /** What a variant adds to the baseline, round by round. */
  added(name: string): Summary {
    return summarize(pairedDifferences(this.cpu(name), this.cpu(this.#baseline)));
  }

  #bestDifference(name: string, base: string): number {
    return summarize(this.cpu(name)).min - summarize(this.cpu(base)).min;
  }
}

function judge(suite: Suite, figures: Figures, { name }: Variant, goal: CpuGoal): Goal {
  if ("atMostMicroseconds" in goal) {
    const { atMostMicroseconds: most } = goal;
    const { median } = figures.added(name);
    return { text: `≤ ${most} µs (${median.toFixed(2)})`, met: median <= most };
  }
  const { atMost, of } = goal;
  const text = `≤ ${atMost} × ${of}`;
  if (!figures.has(of)) {
    const missing = suite.missing?.some((one) => one.name === of) ?? false;
    if (!missing) throw new Error(`${name} has a goal relative to \`${of}\`, which there is not`);
    return { text, met: undefined, undecided: `no ${of}` };
  }
  const ratio = figures.addedRatio(name, of);
  return { text: `${text} (${inDigits(ratio)})`, met: ratio <= atMost };
}

/** Small ratios with more digits. */
function inDigits(ratio: number): string {
  return ratio.toFixed(Math.abs(ratio) < 0.1 ? 4 : 2);
}

async function wasmBytes({ wasmPaths = [] }: Variant): Promise<string> {
  if (wasmPaths.length === 0) return none;
  const sizes = await Promise.all(wasmPaths.map(async (file) => (await stat(file)).size));
  return String(sizes.reduce((sum, size) => sum + size, 0));
}
