// Whether Envoy's memory stays as it is under a variant, however many requests there are.
import type { Environment } from "../environment.ts";
import { goals } from "../goals.ts";
import { startGenerator, type Generator, type LoadRequest } from "../load/load.ts";
import { nodeGenerator } from "../load/node-generator.ts";
import type { Options } from "../options.ts";
import { grouped, mib, signedMib } from "../report/format.ts";
import { progress } from "../report/progress.ts";
import type { Report, Row } from "../report/report.ts";
import { loadVariant, startVariant, type Rig } from "./rig.ts";
import type { Variant } from "./suite.ts";

const steps = 10;

export interface Scenario {
  readonly name: string;
  readonly variant: Variant;
  readonly request: LoadRequest;
  /** Each request names another user. */
  readonly flood: boolean;
  /** Whether there is a goal: Envoy alone grows as it likes. */
  readonly bounded: boolean;
}

/** Resident bytes of one Envoy. */
interface Course {
  readonly ready: number;
  readonly warm: number;
  /** After each tenth of the requests. */
  readonly after: readonly number[];
}

/** The last of the notes' lines are the caller's own. */
export async function followMemory(
  title: string,
  scenarios: readonly Scenario[],
  ownNotes: readonly string[],
  options: Options,
  rig: Environment,
): Promise<Report> {
  const requests = options.memoryRequests ?? goals.rssRequests;
  const step = Math.ceil(requests / steps);
  const raw: Record<string, Course> = {};
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    // Only Node can give each request another header.
    const generator = scenario.flood
      ? nodeGenerator(rig.cores.load)
      : startGenerator(options.load, rig.cores);
    try {
      const course = await follow(rig, scenario, generator, step);
      raw[scenario.name] = course;
      rows.push(row(scenario, course, step));
    } finally {
      generator.close();
    }
  }
  return {
    title,
    columns: [
      ...["load", "ready", `warm (${grouped(step)} requests)`, `after ${grouped(step * steps)} more`],
      ...["change", "furthest from warm"],
    ],
    rows,
    notes: [
      `Looked at after every ${grouped(step)} requests; the verdict is on the furthest. One worker thread.`,
      ...ownNotes,
    ],
    raw,
  };
}

async function follow(rig: Rig, scenario: Scenario, generator: Generator, step: number): Promise<Course> {
  const { name, variant, request } = scenario;
  const started = await startVariant(rig, variant);
  const running = started.process;
  try {
    const ready = running.rssBytes();
    let sent = 0;
    const load = async (): Promise<number> => {
      const flood = scenario.flood ? { usersFrom: sent } : {};
      await loadVariant(generator, started, { request, requests: step, ...flood });
      sent += step;
      // Envoy frees the connection's memory a moment after it was closed.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const rss = running.rssBytes();
      progress(`memory: ${name}: ${mib(rss)} MiB after ${grouped(sent)} requests`);
      return rss;
    };
    const warm = await load();
    const after: number[] = [];
    for (let i = 0; i < steps; i++) after.push(await load());
    return { ready, warm, after };
  } finally {
    await running.stop();
  }
}

function row({ name, bounded }: Scenario, { ready, warm, after }: Course, step: number): Row {
  const last = after.at(-1) ?? warm;
  const changes = after.map((rss) => rss - warm);
  const furthest = changes.reduce((most, change) => (Math.abs(change) > Math.abs(most) ? change : most), 0);
  const enough = step * steps >= goals.rssRequests;
  return {
    cells: [name, mib(ready), mib(warm), mib(last), signedMib(last - warm), signedMib(furthest)],
    ...(bounded && {
      goals: [{ text: "± 2 MiB", met: enough ? Math.abs(furthest) <= goals.rssBytes : undefined }],
    }),
  };
}
