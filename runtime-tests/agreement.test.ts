// Random policies, random requests: the reference interpreter and the compiled wasm must do the same, in every detail.
// AGREEMENT_RUNS and AGREEMENT_SEED ask for a longer or another run than the short one of every day.
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Assembler } from "../compiler/index.ts";
import { changed, interpret, LimitState, type Decision } from "../compiler/ir/interpret.ts";
import { FilterModule, fromBytes, HeaderMap, Vm, type HttpStream } from "../host/index.ts";
import { propertiesOf } from "./oracle/conversation.ts";
import { bundles, requests, type TimedRequest } from "./support/arbitraries.ts";
import { compileDocuments } from "./support/compile.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

const runs = Number(process.env["AGREEMENT_RUNS"] ?? 20);
const seed = Number(process.env["AGREEMENT_SEED"] ?? 20261);

interface Outcome {
  refusal?: { status: number; body: string; details: string; grpcStatus: number; retryAfter?: string };
  request?: Record<string, string[]>;
  response?: Record<string, string[]>;
}

const responseHeaders = [
  [":status", "200"],
  ["x-b", "from upstream"],
  ["x-out", "1"],
  ["x-out", "2"],
] as const;

test("interpreter and wasm agree", async () => {
  await fc.assert(
    fc.asyncProperty(
      bundles,
      fc.array(requests, { minLength: 60, maxLength: 60, size: "max" }),
      async (documents, sequence) => {
        const { program, filter } = await compileDocuments(documents, assembler);
        let now = 1_700_000_000_000_000_000n;
        const vm = Vm.start(FilterModule.compile(filter.wasm), { clock: () => now });
        const state = new LimitState();
        for (const request of sequence) {
          now += request.later;
          const wanted = outcomeOf(interpret(program, request, now, state), request);
          vm.resetHostCalls();
          expect({ request, ...runWasm(vm, request) }).toEqual({ request, ...wanted });
          const calls = [...vm.hostCalls.values()].reduce((sum, n) => sum + n, 0);
          expect(calls).toBeLessThanOrEqual(filter.manifest.hostCalls.total);
        }
        expect(vm.failed).toBe(false);
        expect(vm.streams).toBe(0);
      },
    ),
    { numRuns: runs, seed, endOnFailure: runs > 100 },
  );
}, 3_600_000);

function outcomeOf(decision: Decision, request: TimedRequest): Outcome {
  if (decision.kind === "refuse") {
    const { status, body, details, grpcStatus, retryAfter } = decision;
    return {
      refusal: {
        status,
        body,
        details,
        grpcStatus,
        ...(retryAfter !== undefined && { retryAfter: String(retryAfter) }),
      },
    };
  }
  return {
    request: grouped(changed(request.headers, decision.request)),
    response: grouped(changed(responseHeaders, decision.response)),
  };
}

function runWasm(vm: Vm, request: TimedRequest): Outcome {
  const stream = vm.openStream(propertiesOf(request));
  try {
    return phases(stream, request);
  } finally {
    stream.close();
  }
}

function phases(stream: HttpStream, request: TimedRequest): Outcome {
  const headers = new HeaderMap(request.headers);
  const result = stream.requestHeaders(headers, true);
  if (result.kind === "local-response") {
    const { status, body, details, grpcStatus, headers: more } = result.response;
    const retryAfter = more.get("retry-after");
    return {
      refusal: {
        status,
        body: fromBytes(body),
        details,
        grpcStatus,
        ...(retryAfter !== undefined && { retryAfter }),
      },
    };
  }
  expect(result.kind).toBe("continue");
  const response = new HeaderMap(responseHeaders);
  expect(stream.responseHeaders(response, true).kind).toBe("continue");
  return { request: grouped(headers.entries()), response: grouped(response.entries()) };
}

/** Values by name: where a header stands among others is the proxy's business. */
function grouped(headers: readonly (readonly [string, string])[]): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  for (const [name, value] of headers) (result[name] ??= []).push(value);
  return result;
}
