// npm run bench: what compiled policies cost, beside no filter and beside others, on this machine. See README.md.
import { cleanUpAtExit } from "./cleanup.ts";
import { findEnvoy } from "./environment.ts";
import { chooseCores, describeMachine, type Cores } from "./machine.ts";
import { parseOptions, type Options, type PartName } from "./options.ts";
import { authzSections } from "./parts/authz.ts";
import { measureBuild } from "./parts/build.ts";
import { measureEnvoy } from "./parts/envoy.ts";
import { measureHost } from "./parts/host.ts";
import { limitsSections } from "./parts/limits.ts";
import { measureMemory } from "./parts/memory.ts";
import { routingSections } from "./parts/routing.ts";
import { sdkSections } from "./parts/sdk.ts";
import type { Section } from "./parts/section.ts";
import { progress } from "./report/progress.ts";
import { goalsMissed, renderReport, type Report } from "./report/report.ts";
import { writeResults } from "./report/results-file.ts";
import { EnvoyUnavailable, type LocatedEnvoy } from "../envoy/index.ts";

const parts: Readonly<Record<PartName, readonly Section[]>> = {
  build: [{ name: "build", needsEnvoy: false, measure: measureBuild }],
  host: [{ name: "host", needsEnvoy: false, measure: measureHost }],
  envoy: [{ name: "envoy", needsEnvoy: true, measure: measureEnvoy }],
  memory: [{ name: "memory", needsEnvoy: true, measure: measureMemory }],
  sdk: sdkSections,
  authz: authzSections,
  limits: limitsSections,
  routing: routingSections,
};

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  cleanUpAtExit();
  const started = new Date();
  const cores = chooseCores();
  const sections = options.parts
    .flatMap((name) => parts[name])
    .filter(({ name }) => name.includes(options.only ?? ""));
  if (sections.length === 0) {
    progress(`no table of ${options.parts.join(", ")} has \`${options.only ?? ""}\` in its heading`);
    return 1;
  }
  const envoy = await findEnvoy(sections.some(({ needsEnvoy }) => needsEnvoy));
  const machine = describe(envoy, cores);
  process.stdout.write(`${machine}\n\n`);

  const raw: Record<string, unknown> = {};
  const failed: string[] = [];
  let missed = 0;
  let leftOut = false;
  for (const section of sections) {
    const { name } = section;
    if (section.needsEnvoy && envoy instanceof EnvoyUnavailable) {
      process.stdout.write(`## ${name}: not measured, there is no Envoy\n\n`);
      progress(`${envoy.message}\n${envoy.remedy}`);
      leftOut = true;
      continue;
    }
    try {
      const report = await measure(section, options, envoy, cores);
      process.stdout.write(`${renderReport(report)}\n`);
      raw[name] = report.raw;
      missed += goalsMissed(report);
      leftOut ||= (report.leftOut ?? []).length > 0;
    } catch (error) {
      process.stdout.write(`## ${name}: could not be measured\n\n`);
      progress(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      failed.push(name);
    }
  }
  const file = await writeResults(started, { machine, options, failed, goalsMissed: missed, parts: raw });
  progress(`every figure: ${file}`);
  if (missed > 0) progress(`${missed} ${missed === 1 ? "goal was" : "goals were"} missed`);
  return leftOut ? 2 : failed.length > 0 || missed > 0 ? 1 : 0;
}

function measure(
  section: Section,
  options: Options,
  envoy: LocatedEnvoy | EnvoyUnavailable,
  cores: Cores,
): Promise<Report> {
  if (!section.needsEnvoy) return section.measure(options);
  if (envoy instanceof EnvoyUnavailable) throw envoy;
  return section.measure(options, { envoy, cores });
}

function describe(envoy: LocatedEnvoy | EnvoyUnavailable, cores: Cores): string {
  const pinned =
    cores.envoy === undefined
      ? "nothing pinned to a core"
      : `Envoy on core ${cores.envoy}, its load on core ${cores.load ?? "?"}`;
  const version =
    envoy instanceof EnvoyUnavailable ? "no Envoy" : `Envoy ${envoy.version} (${envoy.source}), ${pinned}`;
  return `Tollgate benchmark: ${describeMachine()}; ${version}`;
}

process.exit(await main());
