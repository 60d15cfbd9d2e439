// Random programs of host calls, one a request, in the host and in Envoy. TRACE_RUNS and TRACE_SEED ask for a longer or
// another run than the short one of every day.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { envoyForTests } from "../../envoy/testing.ts";
import { openTraces, probeModule, type OpenTraces, type Trace } from "./index.ts";
import { generatedRequests } from "./programs.ts";

const runs = Number(process.env["TRACE_RUNS"] ?? 40);
const seed = Number(process.env["TRACE_SEED"] ?? 20261);

const trace: Trace = {
  name: "generated",
  trailers: true,
  upstream: {
    headers: [
      ["x-up", "1"],
      ["x-up", "2"],
      ["etag", "e"],
    ],
    body: ["hello", "world"],
    trailers: [["x-end", "e"]],
  },
};
const file = { module: "probe", clusters: { auth: { body: "allowed" } }, traces: [trace] };

test("host and Envoy do the same with random programs", async () => {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return;
  const wasm = await probeModule();
  let traces: OpenTraces = await openTraces(envoyPath, wasm, file);
  try {
    await fc.assert(
      fc.asyncProperty(generatedRequests, async (request) => {
        // A VM that trapped is replaced in the next request, if some time has passed.
        await new Promise((resolve) => setTimeout(resolve, 10));
        const { host, envoy } = await traces.run(trace, [request]);
        try {
          expect({ request, ...host }).toEqual({ request, ...envoy });
        } catch (error) {
          // From here on the two sides may differ in what they keep.
          await traces.close();
          traces = await openTraces(envoyPath, wasm, file);
          throw error;
        }
      }),
      { numRuns: runs, seed, endOnFailure: runs > 200 },
    );
  } finally {
    await traces.close();
  }
}, 3_600_000);
