/** Where a request goes, as the routes behind the filters say. */
import type { LocalResponse } from "../local-response.ts";
import type { Upstream } from "./upstream.ts";

/** To an upstream, or nowhere, with an answer of the proxy's own. */
export type Destination = Forwarding | { readonly answer: LocalResponse };

export interface Forwarding {
  readonly upstream: Upstream;
  /** From the request's end to the response's, in milliseconds; 0: any. `x-envoy-upstream-rq-timeout-ms` takes its place. */
  readonly timeoutMs?: number;
  /** Request headers that the upstream does not get. */
  readonly removed?: readonly string[];
  /** Each gets a copy of that share of requests, from 0 to 1. */
  readonly mirrors?: readonly { readonly upstream: Upstream; readonly share: number }[];
  /** How long to wait before another try. Default: Envoy's. */
  readonly backoff?: Backoff;
}

/** Milliseconds: Envoy waits a random part of the base before the second try, of twice that before the third, and so on. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}
