// What host calls cost: estimates for people, of what they add to a request.

/**
 * Microseconds of Envoy's CPU time, measured in Envoy 1.40 with V8 on one worker. Whatever makes the host place an answer in the
 * filter's memory costs most; other calls hardly more than the step out of the VM.
 */
const prices: ReadonlyMap<string, number> = new Map([
  ["proxy_get_header_map_pairs", 1.6],
  ["proxy_get_header_map_value", 1.6],
  ["proxy_get_property", 1.6],
  ["proxy_get_buffer_bytes", 1.6],
  ["proxy_get_shared_data", 1.3],
  ["proxy_replace_header_map_value", 0.6],
  ["proxy_remove_header_map_value", 0.6],
  ["proxy_add_header_map_value", 0.4],
  ["proxy_get_current_time_nanoseconds", 0.2],
  ["proxy_set_shared_data", 0.2],
  ["proxy_increment_metric", 0.2],
  ["proxy_record_metric", 0.2],
  ["proxy_log", 0.1],
  // A signature by RSA, which a token has that was not seen before.
  ["proxy_call_foreign_function", 30],
]);

/** One call; undefined where it was not measured. */
export function priceOf(call: string): number | undefined {
  return prices.get(call);
}

/** Each callback of a stream that a filter exports, whatever it does. */
export const CALLBACK_PRICE = 0.26;

const STREAM_CALLBACKS: ReadonlySet<string> = new Set([
  "proxy_on_context_create",
  ...["headers", "body", "trailers"].flatMap((part) => [
    `proxy_on_request_${part}`,
    `proxy_on_response_${part}`,
  ]),
  "proxy_on_done",
  "proxy_on_log",
  "proxy_on_delete",
]);

/** Whether every stream calls it. */
export function isStreamCallback(name: string): boolean {
  return STREAM_CALLBACKS.has(name);
}

/** `1.6 µs`. */
export function formatMicroseconds(value: number): string {
  return `${value.toFixed(value >= 100 ? 0 : 1)} µs`;
}
