// The reference: what a program decides about a request, evaluated rule by rule in the plainest way. Slow, short, and the
// truth against which the compiled filter is tested.
import { matchesRegex } from "../automata/naive.ts";
import { evaluateCel } from "../cel/evaluate.ts";
import { byteString, isPseudoHeader } from "../http/header-syntax.ts";
import { maskOf, parseAddress } from "../net/block.ts";
import { apply, authenticate, headersRead, type KeysAt } from "./authenticate.ts";
import { claimPaths } from "./claim-paths.ts";
import {
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
import { headerOf, slotOf, type Slot } from "./slots.ts";
import type { Answer, Attribute, Condition, Predicate, Program } from "./program.ts";
import { parameters } from "./query.ts";
import { expressionsOf, routingSlots } from "./route-reads.ts";
import { crossOrigin, isMade, moved, route } from "./routes.ts";
import type { MadeChange, ResponseChange } from "./routing.ts";

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
  readonly request: readonly MadeChange[];
  /** Changes to the response's headers, in order; what it tells of limits is among them. */
  readonly response: readonly ResponseChange[];
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
  const unread = unreadable(program, request);
  if (unread) return unread;
  const cross = crossOrigin(program, request);
  if (cross.answer) return cross.answer;
  const decision = decide(program, request, now, state, keysAt);
  if (cross.response.length === 0) return decision;
  if (decision.kind === "forward")
    return { ...decision, response: [...decision.response, ...cross.response] };
  return { ...decision, headers: changed(decision.headers ?? [], cross.response) };
}

/** Headers that the proxy does not hand over, and that the filter has no room for. */
function unreadable(program: Program, request: Request): Refusal | undefined {
  const looked = namesLookedAt(program);
  const names = request.headers.flatMap(([name]) => looked.filter((kept) => headerIn(kept) === name));
  const repeated = names.some((name, i) => isPseudoHeader(name) && names.indexOf(name) < i);
  if (names.length > MAX_VALUES || repeated) {
    return { kind: "refuse", status: 431, body: "", details: UNREADABLE, grpcStatus: grpcStatus.exhausted };
  }
  return undefined;
}

function decide(
  program: Program,
  request: Request,
  now: bigint,
  state: LimitState,
  keysAt: KeysAt,
): Decision {
  const early = limit(program, "before-authentication", request, now, state);
  if (early.refusal) return early.refusal;
  const known = identify(program, request, now, keysAt);
  const told = limitFields([...early.items.values()].flat());
  const answered = { outstanding: early.outstanding, ...(told.length > 0 && { headers: told }) };
  if (known.kind === "refuse") {
    const headers = [...(known.headers ?? []), ...told];
    return { ...known, ...answered, ...(headers.length > 0 && { headers }) };
  }
  const { request: seen, changes } = known;
  const denied = authorize(program, seen);
  if (denied) return { ...denied, ...answered };
  const late = limit(program, "after-authorization", seen, now, state);
  if (late.refusal) return { ...late.refusal, outstanding: early.outstanding };
  const routed = route(program, seen);
  const limits = program.limits.flatMap((l) => early.items.get(l) ?? late.items.get(l) ?? []);
  const fields = limitFields(limits).map(([name, value]): MadeChange => ({ op: "set", name, value }));
  const outstanding = [...early.outstanding, ...late.outstanding];
  const response = [...routed.response, ...fields];
  if (routed.kind === "answer") {
    const { answer } = routed;
    return { ...answer, headers: changed(answer.headers ?? [], response), outstanding };
  }
  return { kind: "forward", request: [...changes, ...routed.request], response, limits, outstanding };
}

/** The request as the later stages see it: with the claims of its token, and with what the token changes. */
export function identify(
  program: Program,
  request: Request,
  now: bigint,
  keysAt: KeysAt,
): Refusal | { kind: "known"; request: Request; changes: readonly MadeChange[] } {
  if (!program.authentication) return { kind: "known", request, changes: [] };
  const found = authenticate(program.authentication, request.headers, now, claimPaths(program), keysAt);
  if (found.kind === "fail" && found.unavailable) {
    const refused = refusal(KEYS_UNAVAILABLE, found.details, grpcStatus.unavailable);
    return { ...refused, retryAfter: KEYS_UNAVAILABLE.retryAfter };
  }
  if (found.kind === "fail") {
    const refused = refusal(program.responses.unauthenticated, found.details, grpcStatus.unauthenticated);
    return { ...refused, headers: [CHALLENGE] };
  }
  const { identity, changes } = found;
  const seen = { ...request, headers: apply(request.headers, changes), ...identity };
  return { kind: "known", request: seen, changes };
}

/** How to do better (RFC 6750, section 3.1). */
const CHALLENGE: HeaderField = ["www-authenticate", 'Bearer error="invalid_token"'];

function authorize(program: Program, request: Request): Refusal | undefined {
  const { deny, allow, anyAllowPolicy } = program.authorization;
  const denying = deny.find((rule) => holds(rule.when, request));
  const refuse = (details: string): Refusal => refusal(program.responses.denied, details, grpcStatus.denied);
  if (denying) return refuse(detailsOf("authorization", denying.origin));
  if (!anyAllowPolicy || allow.some((rule) => holds(rule.when, request))) return undefined;
  return refuse(NO_RULE_MATCHED);
}

/** Headers of an answer or a response, changed. */
export function changed(
  headers: readonly HeaderField[],
  changes: readonly ResponseChange[],
): readonly HeaderField[] {
  const made = changes.flatMap((change) =>
    isMade(change)
      ? [change]
      : [
          ...moved(
            change,
            headers.flatMap(([name, value]) => (name === change.name ? [value] : [])),
          ),
        ],
  );
  return apply(headers, made);
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
    case "hostname":
      return header(":authority", request).flatMap((authority) => {
        const name = /^([-\w]+(?:\.[-\w]+)*)(?::[0-9]{0,5})?$/.exec(authority)?.[1];
        return name === undefined ? [] : [name.toLowerCase()];
      });
    case "header":
      return header(attribute.name, request);
    case "cookie": {
      const first = header("cookie", request)
        .flatMap((line) => line.split(";"))
        .map((pair) => pair.replace(/^[ \t]+|[ \t]+$/g, ""))
        .find((pair) => pair.startsWith(`${attribute.name}=`));
      return first === undefined ? [] : [first.slice(attribute.name.length + 1)];
    }
    case "query": {
      const [whole = ""] = header(":path", request);
      const found = parameters(whole).find(({ name }) => name === attribute.name);
      return found ? [found.value] : [];
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
  const keep = (slot: Slot | undefined): void => {
    const name = slot && headerOf(slot);
    if (name !== undefined) names.add(name);
  };
  const look = (attribute: Attribute): void => keep(slotOf(attribute));
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
  routingSlots(program).forEach(keep);
  for (const { headers } of expressionsOf(program)) headers.forEach((name) => names.add(whole(name)));
  return [...names];
}

function headerIn(kept: string): string {
  return kept === ":path?" ? ":path" : kept;
}
