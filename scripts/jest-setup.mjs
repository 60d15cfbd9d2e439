// Before any test: the packages are built from the sources as they stand, since tests of the command line run the built
// one, and a real Envoy is found or installed, so that no test pays for that with its own time limit.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { asked, besides } from "./tested-envoys.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));

export default async function setup() {
  await run(process.execPath, [`${root}scripts/build.mjs`]);
  const prepare = ["--import", "tsx", `${root}scripts/prepare-envoy.ts`];
  const { stderr } = await run(process.execPath, [...prepare, ...(asked ?? ["any", ...besides])], {
    cwd: root,
  });
  if (stderr !== "") process.stderr.write(`\n${stderr}`);
}
