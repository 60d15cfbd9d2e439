import { cleanUpAtExit } from "/work/main/bench/cleanup.ts";
import { findEnvoy } from "/work/main/bench/environment.ts";
import { chooseCores } from "/work/main/bench/machine.ts";
import { measureSuite } from "/work/main/bench/envoy/measure.ts";
import { headerRouting, noOp } from "/work/main/bench/workloads/index.ts";
import { renderReport } from "/work/main/bench/report/report.ts";
cleanUpAtExit();
const [w, rounds, ...files] = process.argv.slice(2);
const W = w === "W0" ? noOp : headerRouting;
const options = { parts: [], rounds: Number(rounds), requests: 15000, load: undefined, memoryRequests: undefined, install: false } as never;
const envoy = await findEnvoy(true);
const names = files.map((f) => f.split("/").at(-1)!.replace(".wasm", ""));
const s = { title: "ab", request: W.request, echoes: W.echoes, baseline: "none", times: [names[0]!], variants: [
 { name: "none", about: "", filters: () => [], checks: W.untouched },
 ...files.map((f, i) => ({ name: names[i]!, about: "", wasmPaths: [f], filters: ({ wasm }: any) => wasm, checks: W.checks }))] };
console.log(renderReport(await measureSuite(s as never, options, { envoy, cores: chooseCores() } as never)).split("\n").slice(2, 4 + s.variants.length).map((l) => l.split("|").filter((_, i) => [1,2,3,4,6].includes(i)).join("|")).join("\n"));
process.exit(0);
