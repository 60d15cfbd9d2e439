// What decides requests, behind one interface: the reference interpreter, the compiled filter in the embedded host, and the
// same filter in a real Envoy. Each says in the same words what becomes of a request.
import type { Request } from "../ir/interpret.ts";

/** Names in lower case; texts are byte strings. Sorted by name, values of the same name in their order. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** What became of a request. */
export type Outcome = Answer | Forward;

/** The filter, or a redirect of its, answers in the upstream's place. */
export interface Answer {
  readonly kind: "answer";
  /** As the client sees it: 200 where `grpcStatus` says more. */
  readonly status: number;
  /** A byte string; empty of gRPC, and of answers to HEAD. */
  readonly body: string;
  /** Response-code details: `tollgate:<stage>:<namespace>/<policy>:<part>`. */
  readonly details: string;
  /** What the policies put into the answer, `retry-after` among them; not what every proxy adds. */
  readonly headers: Headers;
  /** Of a gRPC request alone. */
  readonly grpcStatus?: number;
}

/** The request goes on. */
export interface Forward {
  readonly kind: "forward";
  /** As the upstream is sent them, pseudo headers among them. */
  readonly request: Headers;
  /** The upstream's response as the client is sent it, `:status` among it. */
  readonly response: Headers;
  /** The cluster that the filter chose; absent where it leaves that to the proxy. */
  readonly cluster?: string;
  /** What else the filter tells Envoy's router: time limits, tries, which route. Absent where an engine cannot see it. */
  readonly router?: Headers;
}

/** Decides requests, one after the other, as one filter that has just started. */
export interface Engine {
  readonly name: "interpreter" | "host" | "envoy";
  /**
   * Decides a request at a time in nanoseconds since 1970, takes what it costs from limits, and ends it. `response` is what an
   * upstream would answer; default: 200 without headers.
   */
  decide(request: Request, at: bigint, response?: Headers): Outcome | Promise<Outcome>;
  /** Limits count from zero. */
  forget(): void | Promise<void>;
  close(): void | Promise<void>;
}

/** An engine that answers at once. */
export interface SynchronousEngine extends Engine {
  decide(request: Request, at: bigint, response?: Headers): Outcome;
  forget(): void;
  close(): void;
}

/** What an upstream answers where nobody says otherwise. */
export const PLAIN_RESPONSE: Headers = [[":status", "200"]];

/** In one word what became of a request. `refuse`: the request could not be decided, or no backend could be found. */
export type DecisionWord = "allow" | "deny" | "limit" | "redirect" | "preflight" | "not-found" | "refuse";

export const decisionWords: readonly DecisionWord[] = [
  "allow",
  "deny",
  "limit",
  "redirect",
  "preflight",
  "not-found",
  "refuse",
];

/** The stage that answered, by the details of an answer: `authorization`, `rate-limiting` and so on. */
export function stageOf(details: string): string | undefined {
  return /^tollgate:([a-z-]+):/.exec(details)?.[1];
}

/**
 * - `allow`: the upstream gets it.
 * - `deny`: authentication or authorization refused.
 * - `limit`: a rate limit refused.
 * - `redirect`: an HTTPRoute answered with another place.
 * - `preflight`: an HTTPRoute's cross-origin rules answered a browser's question.
 * - `not-found`: no HTTPRoute takes it.
 * - `refuse`: anything else that stands in a request's way.
 */
export function decisionWord(outcome: Outcome): DecisionWord {
  if (outcome.kind === "forward") return "allow";
  const { details, status } = outcome;
  switch (stageOf(details)) {
    case "authentication":
    case "authorization":
      return "deny";
    case "rate-limiting":
      return "limit";
    case "cors":
      return "preflight";
    case "routing":
      if (status === 404) return "not-found";
      return status >= 300 && status < 400 ? "redirect" : "refuse";
    case undefined:
    default:
      return "refuse";
  }
}

/** Sorted by name; values of the same name stay in their order. */
export function sortedHeaders(headers: Iterable<readonly [string, string]>): Headers {
  return [...headers].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
