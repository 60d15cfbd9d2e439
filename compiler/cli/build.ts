// tollgate build: policies → `<bundle>.wasm`, its source and its manifest.
import path from "node:path";
import type { Command } from "commander";
import { writeFilter } from "../7-package/write.ts";
import { Assembler } from "../index.ts";
import { compileBundle, pathsHelp } from "./bundle.ts";
import { count, err, formatBytes, formatDuration, out } from "./terminal.ts";

export function addBuild(program: Command): void {
  program
    .command("build")
    .description("compile policies into one WebAssembly filter for Envoy")
    .argument("<path...>", pathsHelp)
    .option("-o, --output <folder>", "where to write", "tollgate-out")
    .addHelpText(
      "after",
      `
Writes three files into the folder:
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
        const filter = await compileBundle(paths, assembler);
        const files = await writeFilter(filter, options.output);
        for (const file of files) out.line(path.relative(process.cwd(), file));
        const { manifest } = filter;
        err.line(
          err.palette.dim(
            [
              count(manifest.policies.length, "policy", "policies"),
              formatBytes(manifest.wasmBytes),
              `at most ${count(manifest.hostCalls.total, "host call")} a request`,
              formatDuration(performance.now() - started),
            ].join(", "),
          ),
        );
      } finally {
        await assembler.close();
      }
    });
}
