// What the three engines have in common: they take a request and say what became of it, in the same words.
import type { HttpAnswer, HttpRequest, HeaderList } from "../support/http-client.ts";
import type { Seen } from "../support/echo-upstream.ts";

/** What became of a request, without what proxies add of their own. */
export interface Observation {
  readonly status: number;
  /** Response-code details of a refusal; absent for what reached the upstream. */
  readonly details?: string;
  /** Body of a refusal. */
  readonly body?: string;
  readonly retryAfter?: boolean;
  /** gRPC status of a refused gRPC request. */
  readonly grpcStatus?: string;
  /** What else a refusal carries, sorted by name. */
  readonly headers?: HeaderList;
  /** The path and the headers the upstream was sent, sorted by name; repeated ones in order. */
  readonly upstream?: { readonly path: string; readonly headers: HeaderList };
  /** Headers of a forwarded response, sorted likewise. */
  readonly response?: HeaderList;
}

export interface Engine {
  readonly name: string;
  run(request: HttpRequest): Promise<Observation>;
}

export interface EngineOptions {
  /** Whether requests go where the filter sends them. Default: all go to the one upstream, which sees what was chosen. */
  readonly routes?: boolean;
}

/** Headers that connections and proxies look after. */
const proxyHeaders = new Set([
  ...["connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"],
  ...["content-type", "x-forwarded-proto", "x-request-id", "x-tollgate-details"],
  // Envoy's router takes them for itself.
  ...["x-envoy-upstream-rq-timeout-ms", "x-envoy-upstream-rq-per-try-timeout-ms"],
  ...["x-envoy-retry-on", "x-envoy-retriable-status-codes", "x-envoy-max-retries"],
]);

/** Of refusals said elsewhere, or written by the proxy that translates them to gRPC. */
const refusalHeaders = new Set(["retry-after", "grpc-status", "grpc-message"]);

/** Only what clients, policies and the upstream wrote, sorted by name. */
export function comparable(headers: HeaderList): HeaderList {
  return headers
    .filter(([name]) => !proxyHeaders.has(name))
    .map(untimed)
    .map((header, index) => ({ header, index }))
    .sort((a, b) => (a.header[0] < b.header[0] ? -1 : a.header[0] > b.header[0] ? 1 : a.index - b.index))
    .map(({ header }) => header);
}

/** Seconds. What refills sooner than that may have gained between the questions to two engines. */
const SOON = 100;

/** Without what depends on the moment at which an engine was asked. */
function untimed([name, value]: HeaderList[number]): HeaderList[number] {
  if (name === "ratelimit") {
    const left = (item: string, r: string, t: string): string => (Number(t) < SOON ? ";r;t" : `${r};t`);
    return [name, value.replace(/(;r=\d+);t=(\d+)/g, left)];
  }
  return name === "x-ratelimit-reset" ? [name, ""] : [name, value];
}

/** What else a refusal carries: nothing is the same as none. */
export function besides(headers: HeaderList): { headers?: HeaderList } {
  const more = comparable(headers).filter(([name]) => !refusalHeaders.has(name));
  return more.length > 0 ? { headers: more } : {};
}

/** What a proxy's answer says became of the request. */
export function observe(answer: HttpAnswer): Observation {
  const one = (name: string): string | undefined => answer.headers.find(([n]) => n === name)?.[1];
  const details = one("x-tollgate-details");
  if (details !== undefined) {
    const grpcStatus = one("grpc-status");
    return {
      status: answer.status,
      details,
      body: answer.body,
      retryAfter: one("retry-after") !== undefined,
      ...(grpcStatus !== undefined && { grpcStatus }),
      ...besides(answer.headers),
    };
  }
  const seen = JSON.parse(answer.body) as Seen;
  return {
    status: answer.status,
    upstream: { path: seen.path, headers: comparable(seen.headers) },
    response: comparable(answer.headers),
  };
}
