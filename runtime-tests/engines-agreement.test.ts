// Random policies, random requests: what the engines of `tollgate test` say must be the same, whichever of them is asked. A sample
// goes through a real Envoy. AGREEMENT_RUNS and AGREEMENT_SEED ask for a longer or another run than the short one of every day.
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { plan } from "../compiler/4-plan/planner.ts";
import { emit } from "../compiler/5-emit/emit.ts";
import { Diagnostics } from "../compiler/diagnostics/diagnostic.ts";
import { EnvoyEngine, envoyCannot } from "../compiler/engines/envoy.ts";
import { hostEngine, interpreterEngine, type Outcome } from "../compiler/engines/index.ts";
import { Assembler, type PackagedFilter, type Program } from "../compiler/index.ts";
import type { Request } from "../compiler/ir/interpret.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { pathOptions, presentRequest } from "../host/index.ts";
import { bundles, requests, type TimedRequest } from "./support/arbitraries.ts";
import { compileDocuments } from "./support/compile.ts";
import { programs, routedRequests } from "./support/routing-arbitraries.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

const runs = Number(process.env["AGREEMENT_RUNS"] ?? 4);
const seed = Number(process.env["AGREEMENT_SEED"] ?? 20268);
/** Each filter takes an Envoy of its own. */
const IN_ENVOY = 2;

const response = [
  [":status", "200"],
  ["x-b", "from upstream"],
  ["x-out", "1"],
  ["x-out", "2"],
] as const;

interface Compiled {
  readonly program: Program;
  readonly filter: Pick<PackagedFilter, "name" | "wasm" | "limits">;
}

async function compileProgram(program: Program): Promise<Compiled> {
  const diagnostics = new Diagnostics();
  const wasm = await assembler.assemble(emit(plan(program), "0.0.0"), diagnostics);
  if (!wasm) throw new Error(JSON.stringify(diagnostics.sorted()));
  return { program, filter: { name: "routes", wasm, limits: [] } };
}

test(
  "policies of all kinds",
  () => agree(bundles, requests, (all) => compileDocuments(all, assembler)),
  3_600_000,
);

test("routes", () => agree(programs, routedRequests.map(atOnce), compileProgram), 3_600_000);

function atOnce(request: Request): TimedRequest {
  return { ...request, later: 0n };
}

async function agree<Source>(
  sources: fc.Arbitrary<Source>,
  sent: fc.Arbitrary<TimedRequest>,
  compiled: (source: Source) => Promise<Compiled>,
): Promise<void> {
  const envoy = await envoyForTests();
  let asked = 0;
  let sentThere = 0;
  await fc.assert(
    fc.asyncProperty(
      sources,
      fc.array(sent, { minLength: 60, maxLength: 60, size: "max" }),
      async (source, sequence) => {
        const { program, filter } = await compiled(source);
        const reference = interpreterEngine(program);
        const host = hostEngine(filter);
        let now = 1_700_000_000_000_000_000n;
        for (const { later, ...request } of sequence) {
          now += later;
          const wanted = reference.decide(request, now, response);
          expect({ request, ...host.decide(request, now, response) }).toEqual({ request, ...wanted });
        }
        host.close();
        // Limits count by a clock that is nobody's to set there.
        if (envoy === undefined || filter.limits.length > 0 || asked++ >= IN_ENVOY) return;
        const engine = new EnvoyEngine(envoy, filter);
        try {
          for (const request of sequence.slice(0, 25)) {
            const whole = presented(request);
            if (!whole || envoyCannot(whole) !== undefined) continue;
            sentThere++;
            now = BigInt(Date.now()) * 1_000_000n;
            const wanted = comparable(reference.decide(whole, now, response));
            const got = comparable(await engine.decide(whole, now, response));
            expect({ request: whole, ...got }).toEqual({ request: whole, ...wanted });
          }
        } finally {
          await engine.close();
        }
      },
    ),
    { numRuns: runs, seed, endOnFailure: true },
  );
  if (envoy !== undefined) expect(sentThere).toBeGreaterThan(0);
}

/** What every connection has. */
const usual = { client: "127.0.0.1", destination: { address: "127.0.0.1", port: 80 } };

/** A request that came through a listener: what is repeated is joined or refused. */
function presented(request: Request): Request | undefined {
  const one = (name: string): string => request.headers.find(([n]) => n === name)?.[1] ?? "";
  const head = {
    method: one(":method"),
    url: one(":path"),
    rawHeaders: [
      ["host", one(":authority")],
      ...request.headers.flatMap(([name, value]) => (name.startsWith(":") ? [] : [[name, value.trim()]])),
    ].flat(),
    httpVersionMajor: 1,
    httpVersionMinor: 1,
  };
  const seen = presentRequest(head, { paths: pathOptions("BASE"), refuseUnderscores: true, tls: false });
  return "status" in seen ? undefined : { ...usual, ...request, headers: seen.entries() };
}

/** Without what Envoy's router keeps for itself. */
function comparable(outcome: Outcome): Outcome {
  if (outcome.kind === "answer") return outcome;
  const { kind, request, response: received, cluster } = outcome;
  return { kind, request, response: received, ...(cluster !== undefined && { cluster }) };
}
