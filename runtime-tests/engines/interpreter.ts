// Engine 1: the reference interpreter, told of each request what a listener would show a filter.
import { normalizePath, type PathNormalization } from "../../host/index.ts";
import {
  changed,
  ended,
  interpret,
  LimitState,
  responded,
  type Request,
} from "../../compiler/ir/interpret.ts";
import type { Program } from "../../compiler/ir/program.ts";
import { upstreamHeaders } from "../support/echo-upstream.ts";
import type { HttpRequest } from "../support/http-client.ts";
import { besides, comparable, type Engine, type Observation } from "./engine.ts";

/** `normalization`: what the listener does to paths, Istio's `BASE` where absent. */
export function interpreterEngine(program: Program, normalization: PathNormalization = "BASE"): Engine {
  const state = new LimitState();
  return {
    name: "interpreter",
    run: (request) => Promise.resolve(run(program, request, state, normalization)),
  };
}

function run(
  program: Program,
  request: HttpRequest,
  state: LimitState,
  normalization: PathNormalization,
): Observation {
  const path = normalizePath(request.path, normalization);
  if (path === undefined) throw new Error(`listeners refuse the path ${request.path}; test that elsewhere`);
  const seen = present(request, path);
  const now = BigInt(Date.now()) * 1_000_000n;
  const decision = interpret(program, seen, now, state);
  const { outstanding = [] } = decision;
  ended(responded(outstanding, decision.kind === "forward" ? upstreamHeaders : [], now), now);
  if (decision.kind === "refuse") {
    const grpc = request.headers.some(
      ([name, value]) => name.toLowerCase() === "content-type" && /^application\/grpc(\+|$)/.test(value),
    );
    return {
      status: grpc ? 200 : decision.status,
      details: decision.details,
      body: grpc ? "" : decision.body,
      retryAfter: decision.retryAfter !== undefined,
      ...(grpc && { grpcStatus: String(decision.grpcStatus) }),
      ...besides(decision.headers ?? []),
    };
  }
  const sent = changed(seen.headers, decision.request);
  return {
    status: 200,
    upstream: {
      path: sent.find(([name]) => name === ":path")?.[1] ?? "",
      headers: comparable(sent.filter(([name]) => !name.startsWith(":"))),
    },
    response: comparable(changed(upstreamHeaders, decision.response)),
  };
}

/** As an HTTP/1.1 listener presents a request to its filters. */
function present(request: HttpRequest, path: string): Request {
  const lower = request.headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  const host = lower.find(([name]) => name === "host")?.[1] ?? "";
  return {
    headers: [
      [":method", request.method],
      [":path", path],
      [":authority", host],
      [":scheme", "http"],
      ...lower.filter(([name]) => name !== "host"),
    ],
    peer: request.from ?? "127.0.0.1",
  };
}
