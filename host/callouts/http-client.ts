/** One HTTP callout on its way, with the answers Envoy's own client gives where the upstream gives none. */
import type { IncomingMessage } from "node:http";
import { NO_BYTES } from "../bytes.ts";
import { HeaderMap } from "../header-map.ts";
import { renderLocalResponse } from "../local-response.ts";
import { presentResponse } from "../proxy/response-writer.ts";
import type { Upstream } from "../proxy/upstream.ts";
import type { Timers } from "../timers.ts";
import type { CalloutMessage, HttpUpstream } from "./cluster.ts";

/** The response, or null where the stream was reset after its head had come. */
export type HttpOutcome = CalloutMessage | null;

/** Envoy's default `http.async_response_buffer_limit`. */
const BODY_LIMIT = 32 * 1024 * 1024;

/**
 * Sends a request; `done` is told the outcome once, later, unless the returned function cancels before. An upstream
 * that cannot be reached is a 503 and a timeout a 504, as in Envoy: both are responses, not failures.
 */
export function sendHttp(
  target: Upstream | HttpUpstream,
  request: CalloutMessage,
  timeoutMs: number,
  timers: Timers,
  done: (outcome: HttpOutcome) => void,
): () => void {
  let settled = false;
  const settle = (): boolean => {
    if (settled) return false;
    stopTimer?.();
    return (settled = true);
  };
  const finish = (outcome: HttpOutcome): void => {
    if (settle()) done(outcome);
  };
  const answer = (status: number, body: string): void => finish(localAnswer(request, status, body));
  const abort =
    typeof target === "function"
      ? play(target, request, finish)
      : transmit(target, request, timeoutMs, finish, (status, body) => answer(status, body));
  const expired = (): void => {
    if (settled) return;
    abort();
    answer(504, "upstream request timeout");
  };
  const stopTimer = timeoutMs > 0 ? timers.after(timeoutMs, expired) : undefined;
  return () => {
    if (settle()) abort();
  };
}

function play(
  upstream: HttpUpstream,
  request: CalloutMessage,
  finish: (outcome: HttpOutcome) => void,
): () => void {
  const controller = new AbortController();
  // Not before the filter's callback has returned.
  void Promise.resolve()
    .then(() => upstream(request, controller.signal))
    .then(({ headers, body = NO_BYTES, trailers = new HeaderMap() }) => ({ headers, body, trailers }))
    .then(finish, () => finish(null));
  return () => controller.abort();
}

/** Trailers are dropped both ways, as Envoy does over HTTP/1.1 unless told otherwise. */
function transmit(
  upstream: Upstream,
  request: CalloutMessage,
  timeoutMs: number,
  finish: (outcome: HttpOutcome) => void,
  answer: (status: number, body: string) => void,
): () => void {
  const withBody = request.body.length > 0;
  const headers = request.headers.clone();
  headers.set("x-envoy-internal", "true");
  if (timeoutMs > 0) headers.set("x-envoy-expected-rq-timeout-ms", String(timeoutMs));
  const start = performance.now();
  const sent = upstream.send(headers, withBody, {
    response: (message) => collect(message, Math.round(performance.now() - start), finish),
    failed: ({ status, body }) => answer(status, body),
  });
  sent.current.end(withBody ? request.body : undefined);
  return () => sent.abort();
}

function collect(
  message: IncomingMessage,
  milliseconds: number,
  finish: (outcome: HttpOutcome) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  message.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > BODY_LIMIT) message.destroy();
  });
  message.on("error", () => finish(null));
  message.on("close", () => {
    if (!message.complete) return finish(null);
    const body = Buffer.concat(chunks);
    const headers = presentResponse(message);
    headers.set("x-envoy-upstream-service-time", String(milliseconds));
    finish({ headers, body, trailers: new HeaderMap() });
  });
}

function localAnswer(request: CalloutMessage, status: number, body: string): CalloutMessage {
  const local = { status, details: "", body: Buffer.from(body), headers: new HeaderMap(), grpcStatus: -1 };
  const rendered = renderLocalResponse(local, request.headers);
  return { headers: rendered.headers, body: rendered.body, trailers: new HeaderMap() };
}
