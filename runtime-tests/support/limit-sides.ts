// The sides that must agree on limits: the reference interpreter, and the compiled filter.
import { expect } from "@jest/globals";
import { ended, interpret, LimitState, responded, type Decision } from "../../compiler/ir/interpret.ts";
import type { Outstanding } from "../../compiler/ir/limits.ts";
import type { Program } from "../../compiler/ir/program.ts";
import { fromBytes, HeaderMap, type HttpStream, type Vm } from "../../host/index.ts";
import { propertiesOf } from "../oracle/conversation.ts";
import type { LimitedRequest } from "./limit-arbitraries.ts";

type Headers = readonly (readonly [string, string])[];

/** What a client sees of limits. */
export interface Outcome {
  readonly status: number;
  readonly details?: string;
  readonly body?: string;
  readonly headers: Headers;
}

/** A side that requests go through: what it answers, and what is to be done when the stream ends. */
export interface Side {
  ask(
    request: LimitedRequest,
    now: bigint,
  ): { readonly outcome: Outcome; readonly end: (now: bigint) => void };
}

function responseTo({ told }: LimitedRequest): Headers {
  return [[":status", "200"], ...told.map((cost) => ["x-cost", cost] as const)];
}

/** What answers tell of limits, by name. */
function relevant(headers: Headers): Headers {
  return headers
    .filter(([name]) => /^(x-)?ratelimit|^retry-after$|^x-(why|more)$/.test(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

export function interpreting(program: Program): Side {
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
      headers: relevant([
        ...headers,
        ...(retryAfter === undefined ? [] : [["retry-after", String(retryAfter)] as const]),
      ]),
    };
  }
  const fields = decision.response.flatMap((change) =>
    change.op === "set" ? [[change.name, change.value] as const] : [],
  );
  return { status: 200, headers: relevant(fields) };
}

export function running(vm: Vm): Side {
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
