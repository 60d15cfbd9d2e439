// Builds the packages that ship: the CLI and library of `tollgate` with all they need, and the Node host.
// Runs by itself after `npm ci`, in about a second.
import { cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
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

// Built beside what is there and put in its place whole: a command that starts meanwhile finds one or the other.
const made = `${compiler}dist.${process.pid}/`;
const madeHost = `${root}host/dist.${process.pid}/`;

await build({
  ...common,
  entryPoints: {
    cli: `${compiler}cli/entry.ts`,
    index: `${compiler}index.ts`,
    // Threads of their own.
    "progress-worker": `${compiler}cli/terminal/progress-worker.js`,
    "replay-worker": `${compiler}replay/worker.ts`,
  },
  outdir: made,
  splitting: true,
  // asc is loaded by the worker; the small libraries are bundled, so that the command starts quickly.
  external: ["assemblyscript"],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
await cp(`${compiler}6-assemble/asc-worker.mjs`, `${made}asc-worker.mjs`);
const assembly = `${made}assembly/`;
await mkdir(assembly, { recursive: true });
/** @param {string} source */
const isAssembly = (source) =>
  !/\.test\.ts$|\.(json|md|mjs)$|LICENSE$|[\\/](node_modules|testing)$/.test(source);
await cp(`${root}filters/runtime`, `${assembly}runtime`, { recursive: true, filter: isAssembly });
await cp(`${root}sdk`, `${assembly}sdk`, { recursive: true, filter: isAssembly });
await cp(`${root}asconfig.json`, `${assembly}asconfig.json`);
// What `--format sarif` says of each code.
await cp(`${root}docs/codes`, `${made}codes`, {
  recursive: true,
  filter: (source) => !/\.test\.ts$|[\\/]testing$/.test(source),
});

// What editors complete and check policy files with.
const { combinedSchema } = await import(pathToFileURL(`${made}index.js`).href);
await writeFile(`${made}tollgate.schema.json`, `${JSON.stringify(combinedSchema(), null, 2)}\n`);

await build({
  ...common,
  entryPoints: {
    index: `${root}host/index.ts`,
    testing: `${root}host/test-kit/index.ts`,
    jest: `${root}host/test-kit/jest.ts`,
  },
  outdir: madeHost,
  splitting: true,
});

await take(made, `${compiler}dist`);
await take(madeHost, `${root}host/dist`);

/**
 * @param {string} from
 * @param {string} to
 */
async function take(from, to) {
  const before = `${from.slice(0, -1)}.before`;
  await rename(to, before).catch(() => {
    // There was none.
  });
  await rename(from, to);
  await rm(before, { recursive: true, force: true });
}
