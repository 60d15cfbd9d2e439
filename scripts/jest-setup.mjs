// Before any test: the packages are built from the sources as they stand, since tests of the command line run the built
// one, and a real Envoy is found or installed, so that no test pays for that with its own time limit.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));

export default async function setup() {
  await run(process.execPath, [`${root}scripts/build.mjs`]);
  const { stderr } = await run(process.execPath, ["--import", "tsx", `${root}scripts/prepare-envoy.ts`], {
    cwd: root,
  });
  if (stderr !== "") process.stderr.write(`\n${stderr}`);
}
