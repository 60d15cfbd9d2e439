// The authentication stage as the filter runs it: which places are looked at in what order, by which rules, with which keys.
import { headersRead, outputHeaders, places, same } from "../ir/authenticate.ts";
import type { Authentication, RemoteKeys, TokenLocation, TokenRule } from "../ir/authentication.ts";
import type { Program } from "../ir/program.ts";
import type { Slot } from "../ir/slots.ts";
import { KEYS_TRIED_MAX } from "../ir/token.ts";

export interface PlannedAuthentication {
  /** By number. */
  readonly rules: readonly PlannedTokenRule[];
  readonly places: readonly PlannedPlace[];
  /** The headers that rules write. */
  readonly outputs: readonly string[];
  /** Key sets that are fetched, by number. */
  readonly sources: readonly RemoteKeys[];
}

export interface PlannedTokenRule {
  readonly rule: TokenRule;
  /** Undefined where the keys are inline. */
  readonly source: number | undefined;
}

export interface PlannedPlace {
  readonly location: TokenLocation;
  /** Numbers of the rules that look there, in order. */
  readonly rules: readonly number[];
}

export function planAuthentication({ rules }: Authentication): PlannedAuthentication {
  const sources: RemoteKeys[] = [];
  const sourceOf = (keys: RemoteKeys): number => {
    const text = JSON.stringify(keys);
    const known = sources.findIndex((source) => JSON.stringify(source) === text);
    return known >= 0 ? known : sources.push(keys) - 1;
  };
  return {
    rules: rules.map((rule) => ({
      rule,
      source: rule.keys.kind === "remote" ? sourceOf(rule.keys) : undefined,
    })),
    places: places(rules).map((location) => ({
      location,
      rules: rules.flatMap((rule, i) => (rule.locations.some((l) => same(l, location)) ? [i] : [])),
    })),
    outputs: outputHeaders(rules),
    sources,
  };
}

/** The headers that must have slots. `:path?` is the whole path. */
export function authenticationSlots({ authentication }: Program): Slot[] {
  if (!authentication) return [];
  return headersRead(authentication).map((name) => ({
    from: "header",
    name: name === ":path" ? ":path?" : name,
  }));
}

/** The callbacks that the stage needs beside that of requests. */
export function authenticationCallbacks(planned: PlannedAuthentication | undefined): string[] {
  if (!planned) return [];
  const remote = ["proxy_on_tick", "proxy_on_http_call_response"];
  return ["proxy_on_configure", ...(planned.sources.length > 0 ? remote : [])];
}

/** Host functions that are called beside requests. */
export function authenticationBesides(planned: PlannedAuthentication | undefined): string[] {
  if (!planned) return [];
  // The module has all algorithms, whatever the keys that are known now.
  const always = ["proxy_call_foreign_function"];
  if (planned.sources.length === 0) return always;
  return [
    ...always,
    ...["proxy_set_tick_period_milliseconds", "proxy_get_current_time_nanoseconds", "proxy_continue_stream"],
    ...[
      "proxy_http_call",
      "proxy_set_effective_context",
      "proxy_get_header_map_value",
      "proxy_get_buffer_bytes",
    ],
    "proxy_log",
  ];
}

/** Host calls of one request at worst: with as many tokens as it may have, none of which was seen before. */
export function authenticationPrice(planned: PlannedAuthentication | undefined): Record<string, number> {
  if (!planned) return {};
  const { rules, outputs, sources } = planned;
  const calls: Record<string, number> = { proxy_get_current_time_nanoseconds: 1 };
  const add = (name: string, count: number): void => {
    if (count > 0) calls[name] = (calls[name] ?? 0) + count;
  };
  const dearest = Math.max(...planned.places.map((p) => sum(p.rules.map((i) => signatures(rules[i]?.rule)))));
  // As many tokens as there are places, wherever they stand; where keys are fetched, before and after.
  const decided = sources.length > 0 ? 2 : 1;
  add("proxy_call_foreign_function", decided * planned.places.length * dearest);
  for (const place of planned.places) {
    if (!place.rules.some((i) => rules[i]?.rule.forward === false)) continue;
    add("proxy_remove_header_map_value", place.location.kind === "query" ? 0 : 1);
    add("proxy_replace_header_map_value", place.location.kind === "header" ? 0 : 1);
  }
  add("proxy_remove_header_map_value", outputs.length);
  const written = rules.map(
    ({ rule }) => rule.claimHeaders.length + (rule.payloadHeader === undefined ? 0 : 1),
  );
  add("proxy_replace_header_map_value", Math.max(...written));
  if (sources.length > 0) {
    // A fetch for a token's sake, on the root context and back, which may be worth a line in the log; then all anew.
    add("proxy_get_header_map_pairs", 1);
    add("proxy_continue_stream", 1);
    add("proxy_http_call", 1);
    add("proxy_set_effective_context", 2);
    add("proxy_log", 1);
    add("proxy_get_current_time_nanoseconds", 4);
  }
  return calls;
}

/** How many signatures a rule has the host check for one token. */
function signatures(rule: TokenRule | undefined): number {
  if (!rule) return 0;
  if (rule.keys.kind === "remote") return KEYS_TRIED_MAX;
  const [rsa, p256, p384] = (["RS256", "ES256", "ES384"] as const).map(
    (algorithm) =>
      rule.keys.kind === "inline" && rule.keys.keys.filter((key) => fits(key.algorithms, algorithm)).length,
  );
  return Math.min(Math.max(Number(rsa), Number(p256), Number(p384)), KEYS_TRIED_MAX);
}

function fits(algorithms: readonly string[], algorithm: string): boolean {
  const family = algorithm === "RS256" ? "RS" : algorithm;
  return algorithms.some((name) => name.startsWith(family));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
