// The reference: what a program decides about a request, evaluated rule by rule in the plainest way. Slow, short, and the
// truth against which the compiled filter is tested.
import { matchesRegex } from "../automata/naive.ts";
import { evaluateCel } from "../cel/evaluate.ts";
import { byteString, isPseudoHeader } from "../http/header-syntax.ts";
import { maskOf, parseAddress } from "../net/block.ts";
import { apply, authenticate, headersRead, type KeysAt } from "./authenticate.ts";
import { claimPaths } from "./claim-paths.ts";
import {
  CHANGE_REFUSED,
  detailsOf,
  grpcStatus,
  KEYS_UNAVAILABLE,
  MAX_VALUES,
  NO_RULE_MATCHED,
  UNREADABLE,
} from "./details.ts";
import { conditionsOf, leavesOf } from "./conditions.ts";
import { limitFields, type HeaderField, type LimitItem } from "./limit-fields.ts";
import { ended, limit, LimitState, responded, type Outstanding } from "./limits.ts";
import { slotOf } from "./slots.ts";
import type {
  Answer,
  Attribute,
  Changes,
  Condition,
  HeaderChange,
  Predicate,
  Program,
  RouteRule,
  Split,
  StickyKey,
} from "./program.ts";
import { chooseArm, stickyHash } from "./split.ts";

export { ended, LimitState, responded };

/** A request as the filter sees it. Names are lower-case; texts are byte strings. */
export interface Request {
  /** All headers in order, pseudo headers among them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The direct peer's address; absent where the proxy does not say. */
  readonly peer?: string;
  /** The client's address after the listener's trusted hops. */
  readonly client?: string;
  /** Where the connection was made to. */
  readonly destination?: { readonly address: string; readonly port: number };
  /** The server name that a TLS client asked for. */
  readonly sni?: string;
  /** Whom the peer's certificate names. */
  readonly identity?: { readonly uri?: string; readonly dns?: string; readonly subject?: string };
  /** Dynamic metadata: by filter, a tree. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The payload of the token that was verified. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What a filter does with a request. */
export type Decision = Refusal | Forward;

export interface Refusal {
  readonly kind: "refuse";
  readonly status: number;
  readonly body: string;
  /** Response-code details. */
  readonly details: string;
  readonly grpcStatus: number;
  /** Whole seconds, where the refusal is a matter of time. */
  readonly retryAfter?: number;
  /** What else the answer says: of a limit's refusal what is left, of others' what limits said before. */
  readonly headers?: readonly HeaderField[];
  /** As of `Forward`: limits that had room before something else refused. */
  readonly outstanding?: readonly Outstanding[];
}

export interface Forward {
  readonly kind: "forward";
  /** Changes to the request's headers, in order. */
  readonly request: readonly HeaderChange[];
  /** Changes to the response's headers, in order; what it tells of limits is among them. */
  readonly response: readonly HeaderChange[];
  /** What is left of the limits that were asked, in the order of the program. */
  readonly limits: readonly LimitItem[];
  /** Limits that wait for the response and for the stream's end: see `responded` and `ended`. */
  readonly outstanding: readonly Outstanding[];
}

/**
 * Decides a request at a time in nanoseconds since 1970. Takes tokens from `state` when the request passes all limits.
 * `keysAt` tells what remote key sets hold; without it none has come yet.
 */
export function interpret(
  program: Program,
  request: Request,
  now: bigint,
  state: LimitState,
  keysAt: KeysAt = () => undefined,
): Decision {
  const looked = namesLookedAt(program);
  const names = request.headers.flatMap(([name]) => looked.filter((kept) => headerIn(kept) === name));
  const repeated = names.some((name, i) => isPseudoHeader(name) && names.indexOf(name) < i);
  if (names.length > MAX_VALUES || repeated) {
    return { kind: "refuse", status: 431, body: "", details: UNREADABLE, grpcStatus: grpcStatus.exhausted };
  }
  const early = limit(program, "before-authentication", request, now, state);
  if (early.refusal) return early.refusal;
  const known = identify(program, request, now, keysAt);
  const told = limitFields([...early.items.values()].flat());
  const answered = { outstanding: early.outstanding, ...(told.length > 0 && { headers: told }) };
  if (known.kind === "refuse") return { ...known, ...answered };
  const { request: seen, changes } = known;
  const denied = authorize(program, seen);
  if (denied) return { ...denied, ...answered };
  const late = limit(program, "after-authorization", seen, now, state);
  if (late.refusal) return { ...late.refusal, outstanding: early.outstanding };
  const routed = route(program, seen);
  const limits = program.limits.flatMap((l) => early.items.get(l) ?? late.items.get(l) ?? []);
  const fields = limitFields(limits).map(([name, value]): HeaderChange => ({ op: "set", name, value }));
  return {
    kind: "forward",
    request: [...changes, ...routed.request],
    response: [...routed.response, ...fields],
    limits,
    outstanding: [...early.outstanding, ...late.outstanding],
  };
}

/** The request as the later stages see it: with the claims of its token, and with what the token changes. */
function identify(
  program: Program,
  request: Request,
  now: bigint,
  keysAt: KeysAt,
): Refusal | { kind: "known"; request: Request; changes: readonly HeaderChange[] } {
  if (!program.authentication) return { kind: "known", request, changes: [] };
  const found = authenticate(program.authentication, request.headers, now, claimPaths(program), keysAt);
  if (found.kind === "fail" && found.unavailable) {
    const refused = refusal(KEYS_UNAVAILABLE, found.details, grpcStatus.unavailable);
    return { ...refused, retryAfter: KEYS_UNAVAILABLE.retryAfter };
  }
  if (found.kind === "fail")
    return refusal(program.responses.unauthenticated, found.details, grpcStatus.unauthenticated);
  const { identity, changes } = found;
  const seen = { ...request, headers: apply(request.headers, changes), ...identity };
  return { kind: "known", request: seen, changes };
}

function authorize(program: Program, request: Request): Refusal | undefined {
  const { deny, allow, anyAllowPolicy } = program.authorization;
  const denying = deny.find((rule) => holds(rule.when, request));
  const refuse = (details: string): Refusal => refusal(program.responses.denied, details, grpcStatus.denied);
  if (denying) return refuse(detailsOf("authorization", denying.origin));
  if (!anyAllowPolicy || allow.some((rule) => holds(rule.when, request))) return undefined;
  return refuse(NO_RULE_MATCHED);
}

function route(program: Program, request: Request): Changes {
  const changes: Changes[] = program.routes.flatMap((policy) => {
    const rule = policy.rules.find((r) => holds(r.when, request));
    return rule ? changesOf(rule, request) : [];
  });
  return {
    request: changes.flatMap((c) => c.request),
    response: changes.flatMap((c) => c.response),
  };
}

function changesOf(rule: RouteRule, request: Request): Changes[] {
  if (!rule.split) return [rule.changes];
  const arm = rule.split.arms[chooseArm(stickyKey(rule.split, request), rule.split.arms)];
  if (!arm) throw new Error(CHANGE_REFUSED);
  return [rule.changes, arm.changes];
}

/** The first sticky key that is present; else the request's own id, so that the shares hold at least. */
function stickyKey(split: Split, request: Request): bigint {
  const candidates: StickyKey[] = [...split.stickyBy, { kind: "header", name: "x-request-id" }];
  for (const key of candidates) {
    if (key.kind === "header") {
      const value = valuesOf(key, request)[0];
      if (value !== undefined) return stickyHash(value);
    } else {
      const address = request.peer === undefined ? undefined : parseAddress(request.peer);
      if (address) return stickyHash(addressBytes(address));
    }
  }
  return 0n;
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

function refusal(answer: Answer, details: string, grpc: number): Refusal {
  return { kind: "refuse", status: answer.status, body: answer.body, details, grpcStatus: grpc };
}

/** Whether a condition holds. */
export function holds(condition: Condition, request: Request): boolean {
  switch (condition.op) {
    case "constant":
      return condition.value;
    case "all":
      return condition.of.every((c) => holds(c, request));
    case "any":
      return condition.of.some((c) => holds(c, request));
    case "not":
      return !holds(condition.of, request);
    case "test":
      return valuesOf(condition.attribute, request).some((value) => satisfies(value, condition.predicate));
    case "cel": {
      const outcome = evaluateCel(condition.expression, request);
      return outcome === "error" ? condition.onError : outcome;
    }
  }
}

/** All values of an attribute; none where it is absent. */
export function valuesOf(attribute: Attribute, request: Request): string[] {
  switch (attribute.kind) {
    case "method":
      return header(":method", request);
    case "path":
      return header(":path", request).map((path) => path.replace(/[?#].*$/s, ""));
    case "host":
      return header(":authority", request).map((host) => host.replace(/[A-Z]/g, (c) => c.toLowerCase()));
    case "header":
      return header(attribute.name, request);
    case "cookie": {
      const first = header("cookie", request)
        .flatMap((line) => line.split(";"))
        .map((pair) => pair.replace(/^[ \t]+|[ \t]+$/g, ""))
        .find((pair) => pair.startsWith(`${attribute.name}=`));
      return first === undefined ? [] : [first.slice(attribute.name.length + 1)];
    }
    case "claim":
      return claimValues(attribute.path, request.claims);
    case "principal":
      return [request.identity?.uri, request.identity?.dns, request.identity?.subject].filter(isText);
    case "sni":
      return [request.sni].filter(isText);
    case "destination-port":
      return request.destination ? [String(request.destination.port)] : [];
    case "metadata":
      return [attribute.path.reduce(member, request.metadata?.[attribute.filter])].filter(isText);
    case "peer":
      return [request.peer].filter(isAddress);
    case "client":
      return [request.client].filter(isAddress);
    case "destination":
      return [request.destination?.address].filter(isAddress);
  }
}

/** The proxy says an absent text with an empty one. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isAddress(value: string | undefined): value is string {
  return value !== undefined && parseAddress(value) !== undefined;
}

function member(tree: unknown, name: string): unknown {
  const known =
    typeof tree === "object" && tree !== null && !Array.isArray(tree) && Object.hasOwn(tree, name);
  return known ? (tree as Record<string, unknown>)[name] : undefined;
}

/** Claims whose texts are lists of words, parted by spaces. */
const WORD_LISTS = ["scope", "permission"];

function claimValues(path: readonly string[], claims: Request["claims"]): string[] {
  // Claims are Unicode, texts and paths here are bytes.
  const names = path.map((name) => Buffer.from(name, "latin1").toString("utf8"));
  const found = names.reduce<unknown>(member, claims);
  if (typeof found === "string" && path.length === 1 && WORD_LISTS.includes(path[0] ?? ""))
    return found
      .split(" ")
      .filter((word) => word !== "")
      .map(byteString);
  const texts = (Array.isArray(found) ? found : [found]).filter((value) => typeof value === "string");
  return texts.map(byteString);
}

function header(name: string, request: Request): string[] {
  return request.headers.filter(([n]) => n === name).map(([, value]) => value);
}

function satisfies(value: string, predicate: Predicate): boolean {
  switch (predicate.kind) {
    case "exact":
      return value === predicate.text;
    case "prefix":
      return value.startsWith(predicate.text);
    case "suffix":
      return value.endsWith(predicate.text);
    case "regex":
      return matchesRegex(predicate.regex, value);
    case "present":
      return true;
    case "not-empty":
      return value !== "";
    case "in-block": {
      const { family, network, bits } = predicate.block;
      const address = parseAddress(value);
      if (address?.family !== family) return false;
      return (address.network & maskOf(family === 4 ? 32 : 128, bits)) === network;
    }
  }
}

/** The headers that some policy looks at: each value of them is kept once. `:path?` is the path with its query. */
function namesLookedAt(program: Program): string[] {
  const names = new Set<string>();
  const look = (attribute: Attribute): void => {
    const slot = slotOf(attribute);
    if (slot?.from === "header") names.add(slot.name);
    if (slot?.from === "cookie") names.add("cookie");
  };
  const whole = (name: string): string => (name === ":path" ? ":path?" : name);
  if (program.authentication) {
    headersRead(program.authentication).forEach((name) => names.add(whole(name)));
  }
  for (const condition of conditionsOf(program)) {
    for (const leaf of leavesOf(condition)) {
      if (leaf.op === "test") look(leaf.attribute);
      else leaf.expression.headers.forEach((name) => names.add(whole(name)));
    }
  }
  for (const { key, cost } of program.limits) {
    for (const part of [...key, cost]) {
      if (part.kind === "cel") part.expression.headers.forEach((name) => names.add(whole(name)));
      else if (part.kind === "query") names.add(":path?");
      else if (part.kind === "peer" && part.hops > 0) names.add("x-forwarded-for");
      else if (part.kind !== "constant" && part.kind !== "response-header") look(part);
    }
  }
  for (const { split } of program.routes.flatMap((r) => r.rules)) {
    if (!split) continue;
    names.add("x-request-id");
    split.stickyBy.forEach(look);
  }
  return [...names];
}

function headerIn(kept: string): string {
  return kept === ":path?" ? ":path" : kept;
}
