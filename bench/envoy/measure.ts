// What a request costs Envoy in CPU time under each variant of a suite: one Envoy for each, all running at once and loaded
// in turn in many short slices, so that a slow moment of the machine falls on all of them. Now and then all are started
// anew: where a process lies in memory makes it faster or slower for its whole life, by more than some filters cost.
import { stat } from "node:fs/promises";
import type { Environment } from "../environment.ts";
import { startGenerator, streamsAtATime, type Generator } from "../load/load.ts";
import type { Options } from "../options.ts";
import { grouped, medianAndQuartiles, medianAndRange, none } from "../report/format.ts";
import { progress } from "../report/progress.ts";
import type { Goal, Report, Row } from "../report/report.ts";
import { pairedDifferences, rotated, summarize } from "../report/statistics.ts";
import { checkVariant, loadVariant, startVariant, type Rig, type VariantEnvoy } from "./rig.ts";
import type { RelativeGoal, Suite, Variant } from "./suite.ts";

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

export async function measureSuite(suite: Suite, options: Options, rig: Environment): Promise<Report> {
  const rounds = options.rounds ?? 40;
  const requests = options.requests ?? 15_000;
  await check(suite, rig);
  const courses = suite.variants.map((variant): Course => ({ variant, readySeconds: [], slices: [] }));
  const generator = startGenerator(options.load, rig.cores);
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
  return { ...(await table(suite, courses)), notes: notes(suite, method) };
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
  for (const variant of suite.variants) {
    const found = await checkVariant(rig, suite, variant);
    progress(`${suite.title}: check of ${variant.name}: ${found.length === 0 ? "ok" : "failed"}`);
    faults.push(...found.map((fault) => `${variant.name}: ${fault}`));
  }
  if (faults.length > 0) throw new Error(`variants do not do what they should:\n${faults.join("\n")}`);
}

async function measureSlice(
  { request }: Suite,
  generator: Generator,
  running: VariantEnvoy,
  requests: number,
): Promise<Slice> {
  const before = running.process.cpuNanoseconds();
  const { seconds } = await loadVariant(generator, running, { request, requests });
  const nanoseconds = Number(running.process.cpuNanoseconds() - before);
  return { microseconds: nanoseconds / 1000 / requests, requestsPerSecond: requests / seconds };
}

async function table(suite: Suite, courses: readonly Course[]): Promise<Omit<Report, "notes">> {
  const { baseline, over = [], times = [], missing = [] } = suite;
  const figures = new Figures(courses, baseline);
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

function notes({ variants, notes: own = [] }: Suite, method: string): string[] {
  return [
    method,
    `Variants: ${variants.map(({ name, about }) => `\`${name}\`: ${about}`).join("; ")}.`,
    ...own,
  ];
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
    return this.#added(name) / this.#added(of);
  }

  /** A cell: that ratio of the medians, and in brackets of the best slices. */
  times(name: string, of: string): string {
    if (name === this.#baseline || !this.has(of)) return none;
    const best = this.#bestDifference(name, this.#baseline) / this.#bestDifference(of, this.#baseline);
    return `${this.addedRatio(name, of).toFixed(2)} (${best.toFixed(2)})`;
  }

  #added(name: string): number {
    return summarize(pairedDifferences(this.cpu(name), this.cpu(this.#baseline))).median;
  }

  #bestDifference(name: string, base: string): number {
    return summarize(this.cpu(name)).min - summarize(this.cpu(base)).min;
  }
}

function judge(suite: Suite, figures: Figures, { name }: Variant, { atMost, of }: RelativeGoal): Goal {
  const text = `≤ ${atMost} × ${of}`;
  if (!figures.has(of)) {
    const missing = suite.missing?.some((one) => one.name === of) ?? false;
    if (!missing) throw new Error(`${name} has a goal relative to \`${of}\`, which there is not`);
    return { text, met: undefined, undecided: `no ${of}` };
  }
  const ratio = figures.addedRatio(name, of);
  return { text: `${text} (${ratio.toFixed(2)})`, met: ratio <= atMost };
}

async function wasmBytes({ wasmPaths = [] }: Variant): Promise<string> {
  if (wasmPaths.length === 0) return none;
  const sizes = await Promise.all(wasmPaths.map(async (file) => (await stat(file)).size));
  return String(sizes.reduce((sum, size) => sum + size, 0));
}
