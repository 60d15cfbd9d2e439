// tollgate build: policies → the wasm of each workload, its source and its manifest.
import path from "node:path";
import type { Command } from "commander";
import { writeFilters } from "../7-package/write.ts";
import { Assembler, type PackagedFilter } from "../index.ts";
import { compileBundle, pathsHelp } from "./bundle.ts";
import { count, err, formatBytes, formatDuration, out, table } from "./terminal.ts";

export function addBuild(program: Command): void {
  program
    .command("build")
    .description("compile policies into WebAssembly for Envoy: one filter, or one for each workload")
    .argument("<path...>", pathsHelp)
    .option("-o, --output <folder>", "where to write", "tollgate-out")
    .addHelpText(
      "after",
      `
Writes three files into the folder, or three for each workload that the bundle names, as <bundle>.<workload>.wasm and so on:
  <bundle>.wasm           the filter, for Envoy's envoy.filters.http.wasm
  <bundle>.ts             the AssemblyScript it was built from, to read
  <bundle>.manifest.json  digest, policies, imports, worst-case host calls

Example:
  tollgate build examples/shop -o build`,
    )
    .action(async (paths: string[], options: { output: string }) => {
      const started = performance.now();
      const assembler = new Assembler();
      try {
        const filters = await compileBundle(paths, assembler);
        const files = await writeFilters(filters, options.output);
        for (const file of files) out.line(path.relative(process.cwd(), file));
        for (const line of summary(filters, performance.now() - started)) err.line(err.palette.dim(line));
      } finally {
        await assembler.close();
      }
    });
}

/** What was built, one line a filter; the time behind the last. */
function summary(filters: readonly PackagedFilter[], milliseconds: number): string[] {
  const time = formatDuration(milliseconds);
  const rows = filters.map(({ name, manifest }) => [
    name,
    count(manifest.policies.length, "policy", "policies"),
    formatBytes(manifest.wasmBytes),
    `at most ${count(manifest.hostCalls.total, "host call")} a request`,
  ]);
  const [only, second] = rows;
  if (only && !second) return [[...only.slice(1), time].join(", ")];
  return [...table(rows, { width: err.width }), `${count(rows.length, "filter")}, ${time}`];
}
