// What compiling the example takes, and what comes out.
import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  Assembler,
  compile,
  readBundleFiles,
  renderDiagnostics,
  type Manifest,
} from "../../compiler/index.ts";
import { FilterModule, Vm } from "../../host/index.ts";
import { temporaryFolder } from "../cleanup.ts";
import { bundleCommandLine, coldBuild } from "../command-line.ts";
import { goals } from "../goals.ts";
import type { Options } from "../options.ts";
import { kib, medianAndRange } from "../report/format.ts";
import { progress } from "../report/progress.ts";
import type { Report } from "../report/report.ts";
import { summarize } from "../report/statistics.ts";
import { shopFolder, withExtraRule } from "../shop.ts";

export async function measureBuild(options: Options): Promise<Report> {
  const rounds = options.rounds ?? 7;
  await bundleCommandLine();
  const cold = await coldBuilds(rounds);
  const warm = await rebuilds(rounds);

  const coldTimes = summarize(cold.map((run) => run.seconds));
  const warmTimes = summarize(warm);
  const [first] = cold;
  if (!first) throw new Error("nothing was built");
  const { wasmBytes, digest } = first.manifest;
  const same = cold.filter((run) => run.manifest.digest === digest).length;
  return {
    title: "build: compiling examples/shop",
    columns: ["what", "measured"],
    rows: [
      {
        cells: ["cold `tollgate build`, s", medianAndRange(coldTimes, 2)],
        goals: [{ text: "≤ 3 s", met: coldTimes.median <= goals.coldBuildSeconds }],
      },
      {
        cells: ["rebuild, compiler kept loaded, s", medianAndRange(warmTimes, 2)],
        goals: [{ text: "≤ 1 s", met: warmTimes.median <= goals.rebuildSeconds }],
      },
      {
        cells: ["wasm", `${kib(wasmBytes)} (${wasmBytes} bytes)`],
        goals: [{ text: "≤ 16 KiB", met: wasmBytes <= goals.wasmBytes }],
      },
      {
        cells: ["digest", `${digest.slice(0, 19)}…, ${same} of ${cold.length} builds`],
        goals: [{ text: "the same each time", met: same === cold.length }],
      },
    ],
    notes: [
      `Times: median (min–max) of ${rounds}, each cold build in a process of its own. A rebuild is what \`tollgate run\` ` +
        "does once a change has settled (another policy each time): read the files, compile, start a VM.",
    ],
    raw: { cold, rebuildSeconds: warm },
  };
}

interface ColdBuild {
  readonly seconds: number;
  readonly manifest: Manifest;
}

async function coldBuilds(rounds: number): Promise<ColdBuild[]> {
  const runs: ColdBuild[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`build: cold, ${round + 1} of ${rounds}`);
    const folder = await temporaryFolder();
    const seconds = await coldBuild("examples/shop", folder);
    const manifest = JSON.parse(await readFile(path.join(folder, "shop.manifest.json"), "utf8")) as Manifest;
    runs.push({ seconds, manifest });
  }
  return runs;
}

async function rebuilds(rounds: number): Promise<number[]> {
  progress("build: rebuilds");
  const assembler = new Assembler();
  const digests = new Set<string>();
  const build = async (edit: number): Promise<number> => {
    const started = performance.now();
    const bundle = withExtraRule(await readBundleFiles([shopFolder]), edit);
    const { filters, diagnostics } = await compile(bundle, assembler);
    const [filter] = filters;
    if (!filter) throw new Error(renderDiagnostics(diagnostics));
    Vm.start(FilterModule.compile(filter.wasm));
    digests.add(filter.manifest.digest);
    return (performance.now() - started) / 1000;
  };
  try {
    // The first one loads the compiler: `run` has done that before anything can change.
    await build(0);
    const times: number[] = [];
    for (let round = 1; round <= rounds; round++) times.push(await build(round));
    if (digests.size !== rounds + 1)
      throw new Error("the edited policies did not give a new filter each time");
    return times;
  } finally {
    await assembler.close();
  }
}
