/** Compiles the filters in `filters/`; `.as` because they are AssemblyScript, which `tsc` must not read. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FilterModule } from "../module.ts";

const filters = join(dirname(fileURLToPath(import.meta.url)), "filters");
const asc = join(
  dirname(createRequire(import.meta.url).resolve("assemblyscript/package.json")),
  "bin",
  "asc.js",
);

/** The filter `filters/<name>.as`, compiled and checked. */
export function compileFilter(name: string): FilterModule {
  return FilterModule.compile(compileBytes(name));
}

const compiled = new Map<string, Uint8Array>();

/** The filter `filters/<name>.as`, compiled. */
export function compileBytes(name: string): Uint8Array {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const wasm = runCompiler(name);
  compiled.set(name, wasm);
  return wasm;
}

function runCompiler(name: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "proxy-wasm-node-host-"));
  try {
    for (const file of readdirSync(filters))
      writeFileSync(join(folder, file.replace(/\.as$/, ".ts")), readFileSync(join(filters, file)));
    const output = join(folder, "filter.wasm");
    const flags = ["-O2", "--runtime", "stub", "--use", "abort=", "--exportStart", "_initialize"];
    execFileSync(process.execPath, [asc, join(folder, `${name}.ts`), "-o", output, ...flags], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
