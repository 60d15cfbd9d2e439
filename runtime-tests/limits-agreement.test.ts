// Random limits, random requests that overlap: the reference interpreter and the compiled wasm must allow, refuse and tell the
// same. AGREEMENT_RUNS and AGREEMENT_SEED ask for a longer or another run than the short one of every day.
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Assembler } from "../compiler/index.ts";
import { ended, interpret, LimitState, responded, type Decision } from "../compiler/ir/interpret.ts";
import type { Outstanding } from "../compiler/ir/limits.ts";
import type { Program } from "../compiler/ir/program.ts";
import { FilterModule, fromBytes, HeaderMap, Vm, type HttpStream } from "../host/index.ts";
import { propertiesOf } from "./oracle/conversation.ts";
import { compileDocuments } from "./support/compile.ts";
import { limitBundles, limitedRequests, type LimitedRequest } from "./support/limit-arbitraries.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

const runs = Number(process.env["AGREEMENT_RUNS"] ?? 10);
const seed = Number(process.env["AGREEMENT_SEED"] ?? 20261);

type Headers = readonly (readonly [string, string])[];

/** What a client sees of limits. */
interface Outcome {
  readonly status: number;
  readonly details?: string;
  readonly body?: string;
  readonly headers: Headers;
}

/** A side that requests go through: what it answers, and what is to be done when the stream ends. */
interface Side {
  ask(
    request: LimitedRequest,
    now: bigint,
  ): { readonly outcome: Outcome; readonly end: (now: bigint) => void };
}

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

function responseTo({ told }: LimitedRequest): Headers {
  return [[":status", "200"], ...told.map((cost) => ["x-cost", cost] as const)];
}

/** What answers tell of limits, by name. */
function relevant(headers: Headers): Headers {
  return headers
    .filter(([name]) => /^(x-)?ratelimit|^retry-after$|^x-(why|more)$/.test(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function interpreting(program: Program): Side {
  const state = new LimitState();
  return {
    ask(request, now) {
      const decision = interpret(program, request, now, state);
      let outstanding: readonly Outstanding[] = decision.outstanding ?? [];
      if (decision.kind === "forward") {
        outstanding = responded(outstanding, responseTo(request), now);
      }
      return { outcome: outcomeOf(decision), end: (at) => ended(outstanding, at) };
    },
  };
}

function outcomeOf(decision: Decision): Outcome {
  if (decision.kind === "refuse") {
    const { status, details, body, headers = [], retryAfter } = decision;
    return {
      ...{ status, details, body },
      headers: relevant([...headers, ["retry-after", String(retryAfter)]]),
    };
  }
  const fields = decision.response.flatMap((change) =>
    change.op === "set" ? [[change.name, change.value] as const] : [],
  );
  return { status: 200, headers: relevant(fields) };
}

function running(vm: Vm): Side {
  return {
    ask(request) {
      const stream = vm.openStream(propertiesOf(request));
      return { outcome: phases(stream, request), end: () => stream.close() };
    },
  };
}

function phases(stream: HttpStream, request: LimitedRequest): Outcome {
  const result = stream.requestHeaders(new HeaderMap(request.headers), true);
  if (result.kind === "local-response") {
    const { status, body, details, headers } = result.response;
    return { status, details, body: fromBytes(body), headers: relevant(headers.entries()) };
  }
  expect(result.kind).toBe("continue");
  const response = new HeaderMap(responseTo(request));
  expect(stream.responseHeaders(response, true).kind).toBe("continue");
  return { status: 200, headers: relevant(response.entries()) };
}
