// Random limits, random requests that overlap: the reference interpreter and the compiled wasm must allow, refuse and tell the
// same. AGREEMENT_RUNS and AGREEMENT_SEED ask for a longer or another run than the short one of every day.
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Assembler } from "../compiler/index.ts";
import { FilterModule, Vm } from "../host/index.ts";
import { compileDocuments } from "./support/compile.ts";
import { limitBundles, limitedRequests } from "./support/limit-arbitraries.ts";
import { interpreting, running } from "./support/limit-sides.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

const runs = Number(process.env["AGREEMENT_RUNS"] ?? 10);
const seed = Number(process.env["AGREEMENT_SEED"] ?? 20261);

test("interpreter and wasm agree on limits", async () => {
  await fc.assert(
    fc.asyncProperty(
      limitBundles,
      fc.array(limitedRequests, { minLength: 60, maxLength: 60, size: "max" }),
      async (documents, sequence) => {
        const { program, filter } = await compileDocuments(documents, assembler);
        let now = 1_700_000_000_000_000_000n;
        const vm = Vm.start(FilterModule.compile(filter.wasm), { clock: () => now });
        const sides = [interpreting(program), running(vm)];
        const open: { readonly until: number; readonly end: (now: bigint) => void }[][] = [[], []];
        // What a request saw of the time that took nothing is written down nowhere where workers share a limit: asking costs no
        // write. So the reference remembers more of a clock that is set back; shared-limits/ holds what is promised then.
        let latest = now;
        const shared = program.limits.some(({ scope }) => scope === "proxy");
        sequence.forEach((request, i) => {
          now += request.later;
          if (shared && now < latest) now = latest;
          if (now > latest) latest = now;
          const outcomes = sides.map((side, s) => {
            const { outcome, end } = side.ask(request, now);
            open[s]?.push({ until: i + request.lasts, end });
            return outcome;
          });
          expect({ i, request, ...outcomes[1] }).toEqual({ i, request, ...outcomes[0] });
          open.forEach((streams, s) => {
            for (const stream of streams) if (stream.until <= i) stream.end(now);
            open[s] = streams.filter(({ until }) => until > i);
          });
        });
        for (const streams of open) for (const stream of streams) stream.end(now);
        expect(vm.failed).toBe(false);
        expect(vm.streams).toBe(0);
      },
    ),
    { numRuns: runs, seed, endOnFailure: true },
  );
}, 3_600_000);
