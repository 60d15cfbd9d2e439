// What becomes of a request by the plain meaning of routes, for tests.
import { apply } from "../../ir/authenticate.ts";
import { interpret, LimitState, type Request } from "../../ir/interpret.ts";
import type { Program } from "../../ir/program.ts";
import { isMade } from "../../ir/routes.ts";
import { CLUSTER_HEADER } from "../../ir/route-headers.ts";

export { lowered } from "../../testing/lowered.ts";

/** A request in short; `host` is the whole authority. */
export interface Ask {
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
  readonly scheme?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** Where a request went, and as what; or how it was answered. */
export interface Outcome {
  readonly cluster?: string;
  readonly status?: number;
  readonly location?: string | undefined;
  /** Of the request that is passed on. */
  readonly host: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Of the answer or, where it is passed on, of a response without headers. */
  readonly response: ReadonlyMap<string, readonly string[]>;
}

export function ask(program: Program, asked: Ask = {}): Outcome {
  const { method = "GET", host = "a.test", path = "/", scheme = "http", headers = [] } = asked;
  const request: Request = {
    headers: [
      [":method", method],
      [":scheme", scheme],
      [":authority", host],
      [":path", path],
      ["x-request-id", "one"],
      ...headers,
    ],
  };
  const decision = interpret(program, request, 0n, new LimitState());
  if (decision.kind === "refuse") {
    const response = byName(decision.headers ?? []);
    const location = response.get("location")?.[0];
    return { status: decision.status, location, host, path, headers: new Map(), response };
  }
  const sent = byName(apply(request.headers, decision.request));
  const cluster = sent.get(CLUSTER_HEADER)?.[0];
  return {
    ...(cluster !== undefined && { cluster }),
    host: sent.get(":authority")?.[0] ?? "",
    path: sent.get(":path")?.[0] ?? "",
    headers: sent,
    response: byName(apply([], decision.response.filter(isMade))),
  };
}

function byName(list: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [name, value] of list) found.set(name, [...(found.get(name) ?? []), value]);
  return found;
}
