// npm run test:versions [VERSION…]: what filters do in Envoy, in each of the versions that are supported, or in those named.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { supported } from "./tested-envoys.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const named = process.argv.slice(2);
const unknown = named.filter((version) => !supported.includes(version));
if (unknown.length > 0) {
  process.stderr.write(`not among the supported versions (${supported.join(", ")}): ${unknown.join(", ")}\n`);
  process.exit(2);
}
if (process.env["ENVOY_PATH"]) {
  process.stderr.write("ENVOY_PATH names one Envoy: unset it, so that each version can be had\n");
  process.exit(2);
}
const versions = named.length > 0 ? named : supported;
const { status } = spawnSync("npm", ["test"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, ENVOY_VERSIONS: versions.join(" ") },
});
process.exit(status ?? 1);
