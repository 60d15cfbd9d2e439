// What compiling many rules takes, and how large their filter is.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Manifest } from "../../compiler/index.ts";
import { temporaryFolder } from "../cleanup.ts";
import { bundleCommandLine, coldBuild } from "../command-line.ts";
import { goals } from "../goals.ts";
import type { Options } from "../options.ts";
import { grouped, kib, medianAndRange } from "../report/format.ts";
import { progress } from "../report/progress.ts";
import type { Report, Row } from "../report/report.ts";
import { summarize } from "../report/statistics.ts";
import { mixedPolicy, prefixPolicy } from "./policies.ts";
import { ruleCounts } from "./prefixes.ts";

const kinds = { prefixes: prefixPolicy, mixed: mixedPolicy } as const;

interface Builds {
  readonly seconds: readonly number[];
  readonly manifest: Manifest;
}

export async function measureAuthzBuild(options: Options): Promise<Report> {
  const rounds = options.rounds ?? 5;
  const most = Math.max(...ruleCounts);
  await bundleCommandLine();
  const rows: Row[] = [];
  const raw: Record<string, Builds> = {};
  for (const kind of ["prefixes", "mixed"] as const) {
    for (const count of ruleCounts) {
      const builds = await build(kind, count, rounds);
      const times = summarize(builds.seconds);
      const { wasmBytes, hostCalls } = builds.manifest;
      raw[`${kind}-${count}`] = builds;
      rows.push({
        cells: [
          `${grouped(count)} rules, ${kind}`,
          medianAndRange(times, 2),
          `${kib(wasmBytes)} (${wasmBytes} bytes)`,
          String(hostCalls.total),
        ],
        ...(count === most && {
          goals: [
            { text: `≤ ${goals.manyRulesSeconds} s`, met: times.median <= goals.manyRulesSeconds },
            { text: `≤ ${kib(goals.manyRulesBytes)}`, met: wasmBytes <= goals.manyRulesBytes },
          ],
        }),
      });
    }
  }
  return {
    title: "authz: compiling many rules",
    columns: ["what", "cold `tollgate build`, s", "wasm", "most host calls"],
    rows,
    notes: [
      `Times: median (min–max) of ${rounds}, each build in a process of its own. \`prefixes\`: each rule is one prefix of the path; \`mixed\`: each asks for an address block, a method, a host, a header and a prefix.`,
    ],
    raw,
  };
}

async function build(kind: keyof typeof kinds, count: number, rounds: number): Promise<Builds> {
  progress(`authz: building ${count} rules (${kind}), ${rounds} times`);
  const work = await temporaryFolder();
  const policies = path.join(work, kind);
  await mkdir(policies);
  await writeFile(path.join(policies, "policy.yaml"), kinds[kind](count));
  const out = path.join(work, "out");
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) seconds.push(await coldBuild(policies, out));
  const text = await readFile(path.join(out, `${kind}.manifest.json`), "utf8");
  return { seconds, manifest: JSON.parse(text) as Manifest };
}
