// npm run oracle -- --pairs 100000 [--seed N]: random policies and requests, compared with Envoy's native RBAC.
import { parseArgs } from "node:util";
import { runOracle } from "./run.ts";

const { values } = parseArgs({
  options: { pairs: { type: "string" }, seed: { type: "string" } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const failure = await runOracle({
  pairs: Number(values.pairs ?? 100_000),
  seed,
  progress: (line) => process.stderr.write(`${line}\n`),
});
if (failure !== undefined) {
  process.stdout.write(`${failure}\n`);
  process.exitCode = 1;
}
