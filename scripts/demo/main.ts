// npm run demo: the example shop end to end. Compiles its policies, puts the filter in front of a service, sends real HTTP
// requests and tells what became of each. With --envoy the filter runs in a real Envoy, and any row that differs from the
// embedded host's fails the demo.
import { fileURLToPath } from "node:url";
import { Assembler, InputError, type Program } from "../../compiler/index.ts";
import { EnvoyUnavailable, locateEnvoy } from "../../envoy/index.ts";
import type { Engine } from "../../runtime-tests/engines/engine.ts";
import { envoyEngines } from "../../runtime-tests/engines/envoy.ts";
import { hostEngine } from "../../runtime-tests/engines/host.ts";
import { compilePaths } from "../../runtime-tests/support/compile.ts";
import { startEchoUpstream } from "../../runtime-tests/support/echo-upstream.ts";
import { scenes, type Scene } from "./scenes.ts";
import { Narrator, renderTable, type Row } from "./table.ts";

const shop = fileURLToPath(new URL("../../examples/shop", import.meta.url));

async function main(withEnvoy: boolean): Promise<number> {
  const started = performance.now();
  const assembler = new Assembler();
  const { program, filter } = await compilePaths([shop], assembler);
  const compileSeconds = (performance.now() - started) / 1000;
  await assembler.close();

  const upstream = await startEchoUpstream();
  const host = await hostEngine(filter, upstream.url);
  try {
    const hostRows = await play(host, program);
    let rows = hostRows;
    let place = "the embedded host";
    if (withEnvoy) {
      const { path, version } = await locateEnvoy({ progress: (line) => console.error(line) });
      const envoy = await envoyEngines(path, new Map([[filter.name, filter]]), upstream.url);
      try {
        rows = await play(envoy.engines.get(filter.name) as Engine, program);
      } finally {
        await envoy.close();
      }
      place = `Envoy ${version}`;
    }
    console.log(`\nexamples/shop on ${place}\n\n${renderTable(rows)}\n`);
    const calls = host.hostCalls.reduce((sum, n) => sum + n, 0) / host.hostCalls.length;
    const { wasmBytes, hostCalls } = filter.manifest;
    console.log(
      `compiled in ${compileSeconds.toFixed(2)} s, wasm ${(wasmBytes / 1024).toFixed(1)} KiB, ` +
        `${calls.toFixed(1)} host calls per request (at most ${hostCalls.total})`,
    );
    return withEnvoy ? compareRows(rows, hostRows) : 0;
  } finally {
    await host.close();
    await upstream.close();
  }
}

async function play(engine: Engine, program: Program): Promise<Row[]> {
  const narrator = new Narrator(program);
  const rows: Row[] = [];
  for (const scene of scenes) {
    await sendBurst(engine, scene);
    rows.push(narrator.row(scene, await engine.run(scene.request)));
  }
  return rows;
}

/** The requests that must pass before the scene's own. */
async function sendBurst(engine: Engine, { burst = 0, request, story }: Scene): Promise<void> {
  const seen = await Promise.all(Array.from({ length: burst }, () => engine.run(request)));
  const passed = seen.filter(({ upstream }) => upstream !== undefined).length;
  if (passed !== burst) throw new Error(`${story}: ${passed} of ${burst} passed on the ${engine.name}`);
}

function compareRows(rows: readonly Row[], wanted: readonly Row[]): number {
  const different = rows.filter((row, i) => JSON.stringify(row) !== JSON.stringify(wanted[i]));
  if (different.length === 0) {
    console.log("every row is what the embedded host shows");
    return 0;
  }
  for (const row of different) {
    const other = wanted[rows.indexOf(row)];
    console.error(
      `differs: ${row.story}: ${row.happened} ${row.because}, but on the host ${other?.happened ?? ""} ${other?.because ?? ""}`,
    );
  }
  return 1;
}

try {
  process.exitCode = await main(process.argv.includes("--envoy"));
} catch (error) {
  if (error instanceof EnvoyUnavailable) console.error(`${error.message}\n${error.remedy}`);
  else if (error instanceof InputError) console.error(`${error.message}\n${error.help}`);
  else console.error(error);
  process.exitCode = 2;
}
