// What routing decides of a request, in the plainest way.
import { evaluateCelValue } from "../cel/value.ts";
import { parseAddress } from "../net/block.ts";
import { detailsOf, grpcStatus, NO_ROUTE } from "./details.ts";
import { holds, valuesOf, type Refusal, type Request } from "./interpret.ts";
import type { HeaderField } from "./limit-fields.ts";
import type { Condition, Program } from "./program.ts";
import { CLUSTER_HEADER, ownedHeaders, RETRY_ON, RULE_HEADER } from "./route-headers.ts";
import type {
  Arm,
  Changes,
  Cors,
  Forwarding,
  HttpRouteRule,
  MadeChange,
  PathChange,
  Redirect,
  ResponseChange,
  RouteRule,
  Split,
  StickyKey,
  Template,
  WeightedBackend,
} from "./routing.ts";
import { chooseArm, stickyHash } from "./split.ts";

/** What becomes of a request that other stages let pass. */
export type Routed =
  | { readonly kind: "answer"; readonly answer: Refusal; readonly response: readonly ResponseChange[] }
  | {
      readonly kind: "forward";
      readonly request: readonly MadeChange[];
      readonly response: readonly ResponseChange[];
    };

/** By HTTPRoutes first, then by each routing policy. */
export function route(program: Program, request: Request): Routed {
  const http = program.httpRoutes?.rules.find((rule) => holds(rule.when, request));
  if (http?.action.kind === "redirect") {
    const answer = redirected(http, http.action, request);
    return { kind: "answer", answer, response: madeForResponse([http.changes], request) };
  }
  const found = http && forwarded(http, http.action, request);
  const chosen = program.routes.flatMap(({ rules }) => {
    const rule = rules.find((r) => holds(r.when, request));
    return rule ? choices(rule, request) : [];
  });
  const named = chosen.flatMap(({ backend }) => backend ?? []).at(-1);
  const all = [...(found?.changes ?? []), ...chosen.map(({ changes }) => changes)];
  const response = madeForResponse(all, request);
  const cluster = named ?? found?.cluster;
  if (program.httpRoutes && cluster === undefined)
    return { kind: "answer", answer: noBackend(http), response };
  const forwarding = http?.action.kind === "forward" ? http.action : undefined;
  const written = [...internal(cluster, forwarding)];
  const unwritten = ownedHeaders(program).filter(
    (name) => !written.some((change) => change.name === name) && headers(name, request).length > 0,
  );
  return {
    kind: "forward",
    request: [
      ...all.flatMap((changes) => madeForRequest(changes, request)),
      ...rewritten(forwarding, request),
      ...unwritten.map((name): MadeChange => ({ op: "remove", name })),
      ...written,
    ],
    response,
  };
}

/** What cross-origin rules say of a request before any other stage looks at it, and do to the response, whoever answers. */
export function crossOrigin(
  { httpRoutes }: Program,
  request: Request,
): { readonly answer?: Refusal; readonly response: readonly ResponseChange[] } {
  const rules = httpRoutes?.rules ?? [];
  const origins = headers("origin", request);
  if (origins.length === 0 || !rules.some(({ cors }) => cors)) return { response: [] };
  const methods = headers(ASKED_METHOD, request);
  const preflight = headers(":method", request)[0] === "OPTIONS" && methods.length === 1;
  const rule = rules.find(({ when }) => holds(preflight ? asPreflight(when) : when, request));
  if (!rule?.cors) return { response: [] };
  const [first = ""] = origins;
  const allowed = origins.length === 1 && first.length <= MAX_TEXT && holds(rule.cors.allows, request);
  const origin = allowed ? first : undefined;
  if (!preflight) return { response: answerHeaders(rule.cors, origin) };
  return {
    answer: {
      kind: "refuse",
      status: 204,
      body: "",
      details: detailsOf("cors", rule.origin),
      grpcStatus: grpcStatus.ok,
      headers: origin === undefined ? [] : preflightHeaders(rule.cors, origin, request),
    },
    response: [],
  };
}

const ASKED_METHOD = "access-control-request-method";
const ASKED_HEADERS = "access-control-request-headers";

/** The condition of the request that a preflight asks about: its method is the one that the preflight names. */
export function asPreflight(condition: Condition): Condition {
  switch (condition.op) {
    case "all":
    case "any":
      return { ...condition, of: condition.of.map(asPreflight) };
    case "not":
      return { ...condition, of: asPreflight(condition.of) };
    case "test":
      if (condition.attribute.kind !== "method") return condition;
      return { ...condition, attribute: { kind: "header", name: ASKED_METHOD } };
    case "constant":
    case "cel":
      return condition;
  }
}

function preflightHeaders(cors: Cors, origin: string, request: Request): HeaderField[] {
  const listed = (list: readonly string[] | "*", asked: string): string | undefined => {
    if (list !== "*") return list.length === 0 ? undefined : list.join(", ");
    // With credentials an asterisk is a name like any other.
    return cors.credentials ? headers(asked, request).join(",") || undefined : "*";
  };
  const fields: (readonly [string, string | undefined])[] = [
    ["access-control-allow-origin", allowedOrigin(cors, origin)],
    ["access-control-allow-credentials", cors.credentials ? "true" : undefined],
    ["access-control-allow-methods", listed(cors.methods, ASKED_METHOD)],
    ["access-control-allow-headers", listed(cors.headers, ASKED_HEADERS)],
    ["access-control-max-age", String(cors.maxAge)],
  ];
  return fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** An upstream's own words give way: the policy decides. */
function answerHeaders(cors: Cors, origin: string | undefined): MadeChange[] {
  if (origin === undefined) return [{ op: "remove", name: "access-control-allow-origin" }];
  const put = (name: string, value: string | undefined): MadeChange =>
    value === undefined ? { op: "remove", name } : { op: "set", name, value };
  const exposed =
    cors.exposed === "*"
      ? cors.credentials
        ? undefined
        : "*"
      : cors.exposed.length > 0
        ? cors.exposed.join(", ")
        : undefined;
  const allowed = allowedOrigin(cors, origin);
  return [
    put("access-control-allow-origin", allowed),
    put("access-control-allow-credentials", cors.credentials ? "true" : undefined),
    put("access-control-expose-headers", exposed),
    ...(allowed === "*" ? [] : [{ op: "add", name: "vary", value: "origin" } as const]),
  ];
}

function allowedOrigin({ anyOrigin, credentials }: Cors, origin: string): string {
  return anyOrigin && !credentials ? "*" : origin;
}

function redirected({ origin }: HttpRouteRule, action: Redirect, request: Request): Refusal {
  const [authority] = headers(":authority", request);
  const [requested = ""] = headers(":path", request);
  const path = action.path ? changedPath(action.path, requested) : requested;
  const to = place(action, authority, request);
  // By itself a path that begins with two slashes would be another host's (RFC 3986, section 4.2).
  const location = to === "" && path.startsWith("//") ? `/.${path}` : `${to}${path}`;
  return {
    kind: "refuse",
    status: action.status,
    body: "",
    details: detailsOf("routing", origin),
    grpcStatus: grpcStatus.unknown,
    headers: [["location", location]],
  };
}

/** Scheme, host and port; empty where the request names no host and the rule none either. */
function place(action: Redirect, authority: string | undefined, request: Request): string {
  const [, ownHost = "", ownPort = ""] = /^(.*?)(:[0-9]*)?$/s.exec(authority ?? "") ?? [];
  const host = action.host ?? ownHost;
  if (host === "") return "";
  const scheme = action.scheme ?? (headers(":scheme", request)[0] === "https" ? "https" : "http");
  const standard = scheme === "https" ? 443 : 80;
  const numbered = action.port === standard ? "" : `:${action.port}`;
  const port = action.port === "none" ? "" : action.port === "request" ? ownPort : numbered;
  return `${scheme}://${host}${port}`;
}

/** A path with its query, its path changed. */
export function changedPath(change: PathChange, whole: string): string {
  const [query = ""] = /[?#].*$/s.exec(whole) ?? [];
  const path = whole.slice(0, whole.length - query.length);
  const changed = change.kind === "full" ? change.path : change.to + path.slice(change.size);
  return (changed === "" ? "/" : changed) + query;
}

/** Which cluster; undefined where the share of a backend that is none is answered. */
function forwarded(
  { changes }: HttpRouteRule,
  action: Forwarding,
  request: Request,
): { cluster: string | undefined; changes: readonly Changes[] } {
  const chosen = chosenBackend(action, request);
  return { cluster: chosen?.cluster, changes: chosen ? [changes, chosen.changes] : [changes] };
}

/** By the request's own id; undefined where there is no backend at all. */
export function chosenBackend({ backends }: Forwarding, request: Request): WeightedBackend | undefined {
  const named = backends.map((backend, i) => ({ backend, ...arm(backend, i) }));
  return named[chooseArm(requestKey(request), named)]?.backend;
}

/** A backend as an arm of a split: the same cluster may be there more than once, with other changes. */
export function arm(
  { cluster = "", weight }: { readonly cluster: string | undefined; readonly weight: number },
  index: number,
): { name: string; weight: number } {
  return { name: `${index} ${cluster}`, weight };
}

function noBackend(http: HttpRouteRule | undefined): Refusal {
  return {
    kind: "refuse",
    status: http ? 500 : 404,
    body: "",
    details: http ? detailsOf("routing", http.origin) : NO_ROUTE,
    grpcStatus: http ? grpcStatus.internal : grpcStatus.unimplemented,
  };
}

/** The headers by which a filter tells Envoy what it chose. */
export function* internal(
  cluster: string | undefined,
  forwarding: Forwarding | undefined,
): Iterable<Extract<MadeChange, { readonly op: "set" | "add" }>> {
  const set = (name: string, value: string | number) => ({ op: "set", name, value: String(value) }) as const;
  if (cluster !== undefined) yield set(CLUSTER_HEADER, cluster);
  if (forwarding?.setting) yield set(RULE_HEADER, forwarding.setting.id);
  const { timeouts, retry } = forwarding ?? {};
  if (timeouts?.request !== undefined) yield set("x-envoy-upstream-rq-timeout-ms", timeouts.request);
  if (timeouts?.backendRequest !== undefined)
    yield set("x-envoy-upstream-rq-per-try-timeout-ms", timeouts.backendRequest);
  if (!retry) return;
  yield set("x-envoy-retry-on", retry.codes.length > 0 ? `${RETRY_ON},retriable-status-codes` : RETRY_ON);
  if (retry.codes.length > 0) yield set("x-envoy-retriable-status-codes", retry.codes.join(","));
  if (retry.attempts !== undefined) yield set("x-envoy-max-retries", retry.attempts);
}

function* rewritten(forwarding: Forwarding | undefined, request: Request): Iterable<MadeChange> {
  if (forwarding?.host !== undefined) yield { op: "set", name: ":authority", value: forwarding.host };
  const [whole] = headers(":path", request);
  if (!forwarding?.path || whole === undefined) return;
  const path = changedPath(forwarding.path, whole);
  if (path !== whole) yield { op: "set", name: ":path", value: path };
}

function choices(rule: RouteRule, request: Request): { changes: Changes; backend?: string }[] {
  if (!rule.split) return [rule];
  const chosen = chosenArm(rule.split, request);
  return chosen ? [rule, chosen] : [rule];
}

/** The arm that a request gets. */
export function chosenArm(split: Split, request: Request): Arm | undefined {
  return split.arms[chooseArm(stickyKey(split, request), split.arms)];
}

/** The first sticky key that is present; else the request's own id, so that the shares hold at least. */
function stickyKey({ stickyBy }: Split, request: Request): bigint {
  for (const key of stickyBy) {
    const bytes = stickyBytes(key, request);
    if (bytes !== undefined) return stickyHash(bytes);
  }
  return requestKey(request);
}

function requestKey(request: Request): bigint {
  const [id] = headers("x-request-id", request);
  return id === undefined ? 0n : stickyHash(id);
}

/** What of a request a sticky key hashes; undefined where the request has no such thing. */
export function stickyBytes(key: StickyKey, request: Request): string | undefined {
  if (key.kind !== "peer") return valuesOf(key, request)[0];
  const address = request.peer === undefined ? undefined : parseAddress(request.peer);
  return address && addressBytes(address);
}

/** IPv4: the 32 bits, little-endian. IPv6: both halves, little-endian each. */
function addressBytes({ family, network }: { family: 4 | 6; network: bigint }): string {
  const bytes = Buffer.alloc(family === 4 ? 4 : 16);
  if (family === 4) bytes.writeUInt32LE(Number(network));
  else {
    bytes.writeBigUInt64LE(network >> 64n, 0);
    bytes.writeBigUInt64LE(network & 0xffffffffffffffffn, 8);
  }
  return bytes.toString("latin1");
}

function madeForRequest({ request: list }: Changes, request: Request): MadeChange[] {
  return list.flatMap((change) => {
    switch (change.op) {
      case "remove":
        return [change];
      case "set":
      case "add":
        return made(change, request);
      case "copy":
      case "rename":
      case "map":
        return [...moved(change, headers(change.name, request))];
    }
  });
}

function madeForResponse(all: readonly Changes[], request: Request): ResponseChange[] {
  return all
    .flatMap(({ response }) => response)
    .flatMap((change): ResponseChange[] =>
      change.op === "set" || change.op === "add" ? made(change, request) : [change],
    );
}

function made(
  { op, name, value }: { readonly op: "set" | "add"; readonly name: string; readonly value: Template },
  request: Request,
): MadeChange[] {
  const text = makeText(value, request);
  if (text !== undefined) return [{ op, name, value: text }];
  return op === "set" ? [{ op: "remove", name }] : [];
}

/** The most that a header's value has which a policy makes of a request. */
export const MAX_TEXT = 4096;

/** What a template comes to; undefined where that can be no header's value. */
export function makeText(template: Template, request: Request): string | undefined {
  const parts = template.map((part) =>
    typeof part === "string" ? part : evaluateCelValue(part, request)?.toString(),
  );
  if (parts.some((part) => part === undefined)) return undefined;
  const text = parts.join("");
  // eslint-disable-next-line no-control-regex -- what would end a header's line, and what proxies refuse
  return text.length > MAX_TEXT || /[\x00-\x08\x0a-\x1f\x7f]|^[ \t]|[ \t]$/.test(text) ? undefined : text;
}

export function isMade(change: ResponseChange): change is MadeChange {
  return change.op === "remove" || change.op === "set" || change.op === "add";
}

/** A copy, a renaming or a mapping as changes, by the values that the message had. */
export function* moved(
  change: Exclude<ResponseChange, MadeChange>,
  values: readonly string[],
): Iterable<MadeChange> {
  if (change.op === "map") {
    const [only] = values.length === 1 ? values : [];
    const value = change.table.find(([from]) => from === only)?.[1] ?? change.otherwise;
    yield value === undefined ? { op: "remove", name: change.to } : { op: "set", name: change.to, value };
    return;
  }
  yield { op: "remove", name: change.to };
  for (const value of values) yield { op: "add", name: change.to, value };
  if (change.op === "rename") yield { op: "remove", name: change.name };
}

function headers(name: string, request: Request): string[] {
  return valuesOf({ kind: "header", name }, request);
}
