// Whether Envoy's memory stays as it is, whatever clients send.
import type { Environment } from "../environment.ts";
import { loadVariant, startVariant, type Rig } from "../envoy/rig.ts";
import { variants, type Variant } from "../envoy/variants.ts";
import { goals } from "../goals.ts";
import { startGenerator, type Generator } from "../load/load.ts";
import { nodeGenerator } from "../load/node-generator.ts";
import { compileModules, limitsNote } from "../modules.ts";
import type { Options } from "../options.ts";
import { grouped, mib, signedMib } from "../report/format.ts";
import { progress } from "../report/progress.ts";
import type { Report, Row } from "../report/report.ts";

const steps = 10;

interface Scenario {
  readonly name: string;
  readonly variant: Variant;
  /** Each request names another user. */
  readonly flood: boolean;
  /** Envoy alone grows as it likes. */
  readonly bounded: boolean;
}

function scenarios(): readonly Scenario[] {
  const variant = (name: string): Variant => {
    const found = variants.find((one) => one.name === name);
    if (!found) throw new Error(`there is no variant \`${name}\``);
    return found;
  };
  return [
    { name: "none", variant: variant("none"), flood: false, bounded: false },
    { name: "shop, one user", variant: variant("shop"), flood: false, bounded: true },
    {
      name: "shop, each request another user",
      variant: { ...variant("shop"), wasm: ["shop-address-raised"] },
      flood: true,
      bounded: true,
    },
  ];
}

/** Resident bytes of one Envoy. */
interface Course {
  readonly ready: number;
  readonly warm: number;
  /** After each tenth of the requests. */
  readonly after: readonly number[];
}

export async function measureMemory(options: Options, { envoy, cores }: Environment): Promise<Report> {
  const requests = options.requests ?? goals.rssRequests;
  const step = Math.ceil(requests / steps);
  const rig: Rig = { envoy, cores, modules: await compileModules() };
  const raw: Record<string, Course> = {};
  const rows: Row[] = [];
  for (const scenario of scenarios()) {
    // Only Node can give each request another header.
    const generator = scenario.flood ? nodeGenerator(cores.load) : startGenerator(options.load, cores);
    try {
      const course = await follow(rig, scenario, generator, step);
      raw[scenario.name] = course;
      rows.push(row(scenario, course, step));
    } finally {
      generator.close();
    }
  }
  return {
    title: "memory: resident memory of Envoy, MiB",
    columns: [
      ...["load", "ready", `warm (${grouped(step)} requests)`, `after ${grouped(step * steps)} more`],
      ...["change", "furthest from warm"],
    ],
    rows,
    notes: [
      `Looked at after every ${grouped(step)} requests; the verdict is on the furthest. One worker thread.`,
      `${limitsNote} For the flood of users only the limit per address is raised: the users' own are the example's.`,
    ],
    raw,
  };
}

async function follow(rig: Rig, scenario: Scenario, generator: Generator, step: number): Promise<Course> {
  const started = await startVariant(rig, scenario.variant);
  const running = started.process;
  try {
    const ready = running.rssBytes();
    let sent = 0;
    const load = async (): Promise<number> => {
      const flood = scenario.flood ? { usersFrom: sent } : {};
      await loadVariant(generator, started, { requests: step, ...flood });
      sent += step;
      // Envoy frees the connection's memory a moment after it was closed.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const rss = running.rssBytes();
      progress(`memory: ${scenario.name}: ${mib(rss)} MiB after ${grouped(sent)} requests`);
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
      goal: { text: "± 2 MiB", met: enough ? Math.abs(furthest) <= goals.rssBytes : undefined },
    }),
  };
}
