// npm run pack: the packages as they would be published, in build/packages. Until they are, new filters are made with
// these files (`tollgate new filter`).
//
//   npm run pack -- --no-build          what is in dist/ is up to date
//   npm run pack -- --output FOLDER
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("../", import.meta.url));
const { values } = parseArgs({
  options: {
    build: { type: "boolean", default: true },
    output: { type: "string", short: "o", default: path.join(root, "build/packages") },
  },
  allowNegative: true,
});

if (values.build) await import("./build.mjs");
mkdirSync(values.output, { recursive: true });
// Under `npm run` the npm that runs it, which need not be the one on PATH.
const npm = process.env["npm_execpath"];
const [command, ...first] = npm === undefined ? ["npm"] : [process.execPath, npm];
for (const folder of ["sdk", "host", "compiler"]) {
  const target = path.resolve(values.output);
  const args = [...first, "pack", "--json", "--pack-destination", target];
  const { status, stdout } = spawnSync(command, args, {
    cwd: path.join(root, folder),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) process.exit(1);
  const [packed] = JSON.parse(stdout);
  const kilobytes = Math.ceil(packed.size / 1000);
  console.log(`${path.join(values.output, packed.filename)}  ${packed.entryCount} files, ${kilobytes} kB`);
}
