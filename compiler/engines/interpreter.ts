// The reference interpreter as an engine: slow, and the truth.
import { changed, ended, interpret, LimitState, responded, type Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";
import { PLAIN_RESPONSE, type Headers, type Outcome, type SynchronousEngine } from "./engine.ts";
import { answer, forward } from "./outcome.ts";
import { celProperties } from "./properties.ts";

/** Remote key sets hold nothing here: see `standalone`. */
export function interpreterEngine(program: Program): SynchronousEngine {
  let state = new LimitState();
  return {
    name: "interpreter",
    decide: (request, at, response = PLAIN_RESPONSE) => decide(program, request, at, state, response),
    forget: () => void (state = new LimitState()),
    close: () => undefined,
  };
}

function decide(
  program: Program,
  request: Request,
  at: bigint,
  state: LimitState,
  response: Headers,
): Outcome {
  const seen = { ...request, properties: celProperties(request, at) };
  const decision = interpret(program, seen, at, state);
  const { outstanding = [] } = decision;
  if (decision.kind === "refuse") {
    const { status, body, details, grpcStatus, headers = [], retryAfter } = decision;
    const fields = retryAfter === undefined ? headers : [...headers, retryAfterField(retryAfter)];
    ended(responded(outstanding, fields, at), at);
    return answer(request.headers, { status, body, details, grpcStatus, headers: fields });
  }
  ended(responded(outstanding, response, at), at);
  return forward(changed(request.headers, decision.request), changed(response, decision.response));
}

function retryAfterField(seconds: number): readonly [string, string] {
  return ["retry-after", String(seconds)];
}
