/** What Envoy's router takes from request headers, which the upstream does not get. */
import type { HeaderMap } from "../header-map.ts";

export interface RouterOptions {
  /** From the request's end to the response's; undefined: as the route says; 0: any. */
  readonly timeoutMs: number | undefined;
  /** The same for each try; 0: any. */
  readonly perTryTimeoutMs: number;
  readonly retry: Retry | undefined;
}

export interface Retry {
  /** Conditions by Envoy's names. Those that are not known here never hold. */
  readonly on: ReadonlySet<string>;
  readonly statuses: ReadonlySet<number>;
  /** Tries behind the first. */
  readonly most: number;
}

const TIMEOUT = "x-envoy-upstream-rq-timeout-ms";
const PER_TRY_TIMEOUT = "x-envoy-upstream-rq-per-try-timeout-ms";
const RETRY_ON = "x-envoy-retry-on";
const RETRIABLE_STATUSES = "x-envoy-retriable-status-codes";
const MAX_RETRIES = "x-envoy-max-retries";

/** Reads the options and removes their headers. What is no number counts as absent. */
export function takeRouterOptions(headers: HeaderMap): RouterOptions {
  const take = (name: string): string | undefined => {
    const value = headers.get(name);
    headers.remove(name);
    return value;
  };
  const timeoutMs = wholeNumber(take(TIMEOUT));
  const perTry = wholeNumber(take(PER_TRY_TIMEOUT)) ?? 0;
  const on = new Set(list(take(RETRY_ON)));
  const statuses = new Set(list(take(RETRIABLE_STATUSES)).map(Number));
  const most = wholeNumber(take(MAX_RETRIES)) ?? 1;
  return {
    timeoutMs,
    // As Envoy: one that the whole's does not leave room for is none.
    perTryTimeoutMs: timeoutMs !== undefined && timeoutMs > 0 && perTry >= timeoutMs ? 0 : perTry,
    retry: on.size > 0 ? { on, statuses, most } : undefined,
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function list(text = ""): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
