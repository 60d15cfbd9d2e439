// Builds the packages that ship: the CLI and library of `tollgate` with all they need, and the Node host.
// Runs by itself after `npm ci`, in about a second.
import { cp, mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const compiler = `${root}compiler/`;

/** @type {import("esbuild").BuildOptions} */
const common = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  logLevel: "warning",
};

await rm(`${compiler}dist`, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: {
    cli: `${compiler}cli/entry.ts`,
    index: `${compiler}index.ts`,
    // A thread of its own.
    "progress-worker": `${compiler}cli/terminal/progress-worker.js`,
  },
  outdir: `${compiler}dist`,
  splitting: true,
  // asc is loaded by the worker; the small libraries are bundled, so that the command starts quickly.
  external: ["assemblyscript"],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
await cp(`${compiler}6-assemble/asc-worker.mjs`, `${compiler}dist/asc-worker.mjs`);
const assembly = `${compiler}dist/assembly/`;
await mkdir(assembly, { recursive: true });
/** @param {string} source */
const isAssembly = (source) =>
  !/\.test\.ts$|\.(json|md|mjs)$|LICENSE$|[\\/](node_modules|testing)$/.test(source);
await cp(`${root}filters/runtime`, `${assembly}runtime`, { recursive: true, filter: isAssembly });
await cp(`${root}sdk`, `${assembly}sdk`, { recursive: true, filter: isAssembly });
await cp(`${root}asconfig.json`, `${assembly}asconfig.json`);
// What `--format sarif` says of each code.
await cp(`${root}docs/codes`, `${compiler}dist/codes`, {
  recursive: true,
  filter: (source) => !/\.test\.ts$|[\\/]testing$/.test(source),
});

await rm(`${root}host/dist`, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: {
    index: `${root}host/index.ts`,
    testing: `${root}host/test-kit/index.ts`,
    jest: `${root}host/test-kit/jest.ts`,
  },
  outdir: `${root}host/dist`,
  splitting: true,
});
