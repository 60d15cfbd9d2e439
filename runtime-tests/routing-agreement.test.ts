// Random routing, random requests: the reference interpreter and the compiled wasm must choose the same road, change the same
// headers, and answer alike. AGREEMENT_RUNS and AGREEMENT_SEED ask for a longer or another run than the short one of every day.
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { emit } from "../compiler/5-emit/emit.ts";
import { importsOf } from "../compiler/7-package/manifest.ts";
import { Module } from "../compiler/7-package/web-assembly.ts";
import { plan } from "../compiler/4-plan/planner.ts";
import { Diagnostics } from "../compiler/diagnostics/diagnostic.ts";
import { Assembler } from "../compiler/index.ts";
import { changed, interpret, LimitState, type Decision, type Request } from "../compiler/ir/interpret.ts";
import { FilterModule, fromBytes, HeaderMap, Vm, type HttpStream } from "../host/index.ts";
import { propertiesOf } from "./oracle/conversation.ts";
import { programs, routedRequests } from "./support/routing-arbitraries.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

const runs = Number(process.env["AGREEMENT_RUNS"] ?? 20);
const seed = Number(process.env["AGREEMENT_SEED"] ?? 20261);

type Headers = readonly (readonly [string, string])[];

/** What the client gets, and where the request was passed on what the upstream gets. */
interface Outcome {
  readonly status: number;
  readonly details?: string;
  readonly body?: string;
  readonly grpcStatus?: number;
  readonly request?: Record<string, string>;
  readonly response: Record<string, string>;
}

const responseHeaders = [
  ["x-b", "from upstream"],
  ["x-out", "1"],
  ["x-out", "2"],
  ["x-c", "ab"],
  ["access-control-allow-origin", "https://upstream.test"],
  ["access-control-expose-headers", "x-upstream"],
  ["vary", "accept"],
] as const;

test("interpreter and wasm agree on routing", async () => {
  await fc.assert(
    fc.asyncProperty(
      programs,
      fc.array(routedRequests, { minLength: 80, maxLength: 80, size: "max" }),
      async (program, sequence) => {
        const planned = plan(program);
        const diagnostics = new Diagnostics();
        const wasm = await assembler.assemble(emit(planned, "0.0.0"), diagnostics);
        if (!wasm) throw new Error(JSON.stringify(diagnostics.sorted()));
        const { price, besides } = planned;
        const known = [...Object.keys({ ...price.request, ...price.response }), ...besides];
        const imports = importsOf(new Module(wasm)).filter((name) => name !== "proxy_send_local_response");
        expect(imports.filter((name) => !known.includes(name))).toEqual([]);
        const vm = Vm.start(FilterModule.compile(wasm));
        for (const request of sequence) {
          const wanted = outcomeOf(interpret(program, request, 0n, new LimitState()), request);
          vm.resetHostCalls();
          expect({ request, ...runWasm(vm, request) }).toEqual({ request, ...wanted });
          const calls = [...vm.hostCalls.values()].reduce((sum, n) => sum + n, 0);
          expect(calls - repeated(request)).toBeLessThanOrEqual(price.total);
        }
        expect(vm.failed).toBe(false);
        expect(vm.streams).toBe(0);
        vm.close();
      },
    ),
    { numRuns: runs, seed, endOnFailure: true },
  );
}, 3_600_000);

/** Calls beyond the price: of copied headers each value takes one, in every rule that copies them. */
function repeated({ headers }: Request): number {
  const names = headers.map(([name]) => name);
  const more = (all: readonly string[]): number => all.length - new Set(all).size;
  return 16 * (more(names) + more(responseHeaders.map(([name]) => name)));
}

function outcomeOf(decision: Decision, request: Request): Outcome {
  if (decision.kind === "refuse") {
    const { status, body, details, grpcStatus, headers = [] } = decision;
    return { status, body, details, grpcStatus, response: grouped(headers) };
  }
  return {
    status: 200,
    request: grouped(changed(request.headers, decision.request)),
    response: grouped(changed(responseHeaders, decision.response)),
  };
}

function runWasm(vm: Vm, request: Request): Outcome {
  const stream = vm.openStream(propertiesOf(request));
  try {
    return phases(stream, request);
  } finally {
    stream.close();
  }
}

function phases(stream: HttpStream, request: Request): Outcome {
  const headers = new HeaderMap(request.headers);
  const result = stream.requestHeaders(headers, true);
  const answered = (own: Headers): Record<string, string> => {
    const response = new HeaderMap([[":status", "200"], ...own]);
    // Local replies go through the filter as any response does.
    expect(stream.responseHeaders(response, true).kind).toBe("continue");
    response.remove(":status");
    return grouped(response.entries());
  };
  if (result.kind === "local-response") {
    const { status, body, details, grpcStatus, headers: own } = result.response;
    return { status, body: fromBytes(body), details, grpcStatus, response: answered([...own.entries()]) };
  }
  expect(result.kind).toBe("continue");
  return { status: 200, request: grouped(headers.entries()), response: answered(responseHeaders) };
}

/** Values by name, as if joined: where a header stands among others, and which of them are joined, is the proxy's business. */
function grouped(headers: Headers): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of headers) {
    const before = result[name];
    result[name] = before === undefined ? value : `${before},${value}`;
  }
  return result;
}
