// What came of a trace, in the form in which two sides are compared.
import type { Pairs } from "./trace.ts";

export interface ObservedAnswer {
  /** `complete`: a whole message; `cut`: the proxy closed before; `none`: the client gave up waiting. */
  readonly end: "complete" | "cut" | "none";
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
}

export interface ObservedRequest {
  readonly line: string;
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  readonly end: "complete" | "cut";
}

export interface Observation {
  /** Whether the filter started at all. */
  readonly started: boolean;
  readonly answers: readonly (ObservedAnswer | { readonly received: string; readonly end: string })[];
  readonly upstream: readonly (ObservedRequest | { readonly received: string; readonly end: string })[];
  /** By cluster, what callouts were received. */
  readonly callouts: Readonly<Record<string, readonly ObservedRequest[]>>;
  /** What the filter logged: level and text. */
  readonly log: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** Headers that a proxy writes with values of its own making, and how they are shown. */
const volatile: Record<string, (value: string) => string> = {
  "x-request-id": (value) => value.replace(uuid(), "<uuid>"),
};

/** Headers of the connection, not the message, and those that say who and when. */
const dropped = new Set(["connection", "keep-alive", "date", "server", "x-envoy-upstream-service-time"]);

/** Header lines as compared: names in lower case, in order. */
export function headerLines(pairs: Pairs): string[] {
  return pairs.flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    if (dropped.has(lower)) return [];
    return [`${lower}: ${plain(volatile[lower]?.(value) ?? value)}`];
  });
}

function uuid(): RegExp {
  return /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
}

/** What a filter logged, with ports and ids out of the way. */
export function logLine(text: string): string {
  const timeless = text.replace(/^( *x-envoy-upstream-service-time: )\d+$/, "$1<ms>");
  return plain(timeless.replace(uuid(), "<uuid>").replace(/^( *date: )\w{3}, \d.* GMT$/, "$1<date>"));
}

/**
 * A log in which the end of a TCP stream comes with its last bytes: whether it does, or by itself behind them, is how the
 * network cut what was sent.
 */
export function withoutSegments(log: readonly string[]): string[] {
  const merged: string[] = [];
  for (const line of log) {
    const end = /^(#\d+ on_(?:up|down)stream_data) 0 1$/.exec(line)?.[1];
    const last = merged.at(-1);
    if (end !== undefined && last?.startsWith(`${end} `) === true && last.endsWith(" 0"))
      merged[merged.length - 1] = last.replace(/0$/, "1");
    else merged.push(line);
  }
  return merged;
}

/** Ports are each side's own. */
export function plain(text: string): string {
  return text.replace(/127\.0\.0\.1:\d{4,5}/g, "127.0.0.1:<port>");
}

/** A body as compared: whole where short, else its length and first bytes. */
export function bodyText(bytes: Buffer): string {
  const text = plain(bytes.toString("latin1").replace(uuid(), "<uuid>"));
  return text.length <= 2000 ? text : `${text.slice(0, 200)}… (${bytes.length} bytes)`;
}
