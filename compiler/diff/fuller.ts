// What a shortest request lacks: headers that rules remove, copy or read, and paths that are longer than a rule needs.
import { PLAIN_RESPONSE, type Headers } from "../engines/index.ts";
import { isPseudoHeader } from "../http/header-syntax.ts";
import type { Request } from "../ir/interpret.ts";
import type { Changes, HeaderChange, HttpRouteRule, RouteRule } from "../ir/routing.ts";

/** A request, and what the upstream answers: nothing in particular where absent. */
export interface Tried {
  readonly request: Request;
  readonly response?: Headers;
}

interface Rules {
  readonly http?: HttpRouteRule;
  readonly routes: readonly RouteRule[];
}

/** Of a table so many entries are tried. */
const MOST_ENTRIES = 20;

/** The first has everything that the rules change or read; the others are about one thing each. */
export function withWhatChanges(request: Request, rules: readonly Rules[]): readonly Tried[] {
  const changes = rules.flatMap(changesOf);
  const ofRequest = changes.flatMap((change) => change.request);
  const ofResponse = changes.flatMap((change) => change.response);
  const read = [...readBy(ofRequest), ...[...ofRequest, ...ofResponse].flatMap(readByExpressions)];
  const full: Tried = {
    request: { ...request, headers: withHeaders(request.headers, read) },
    response: withHeaders(PLAIN_RESPONSE, [...readBy(ofResponse)]),
  };
  const entries = [
    ...tablesOf(ofRequest).map(([name, value]): Tried => ({ request: withOne(request, name, value) })),
    ...tablesOf(ofResponse).map(([name, value]): Tried => ({
      request,
      response: [...PLAIN_RESPONSE, [name, value]],
    })),
  ];
  const variants = [
    (path: string) => `${path.replace(/\/$/, "")}/x?y=z`,
    (path: string) => `${path}?y=z`,
  ].map((vary): Tried => ({ ...full, request: withPath(full.request, vary) }));
  const elsewhere = [
    withOne(request, ":scheme", "https"),
    withOne(request, ":authority", `${hostOf(request)}:8080`),
  ].map((varied): Tried => ({ request: varied }));
  return [full, ...entries, ...variants, ...elsewhere];
}

function changesOf({ http, routes }: Rules): readonly Changes[] {
  const backends = http?.action.kind === "forward" ? http.action.backends : [];
  return [
    ...(http ? [http.changes] : []),
    ...backends.map(({ changes }) => changes),
    ...routes.flatMap(({ changes, split }) => [changes, ...(split?.arms ?? []).map((arm) => arm.changes)]),
  ];
}

function readBy(changes: readonly HeaderChange[]): string[] {
  return changes.flatMap((change) => (change.op === "set" || change.op === "add" ? [] : [change.name]));
}

function readByExpressions(change: HeaderChange): readonly string[] {
  if (change.op !== "set" && change.op !== "add") return [];
  return change.value.flatMap((part) => (typeof part === "string" ? [] : part.headers));
}

/** Each with a value of its own. */
function withHeaders(headers: Headers, names: readonly string[]): Headers {
  const missing = [...new Set(names)].filter(
    (name) => !isPseudoHeader(name) && !headers.some(([known]) => known === name),
  );
  return [...headers, ...missing.map((name, i) => [name, `v${i + 1}`] as const)];
}

function tablesOf(changes: readonly HeaderChange[]): (readonly [name: string, value: string])[] {
  return changes.flatMap((change) =>
    change.op === "map"
      ? change.table.slice(0, MOST_ENTRIES).map(([from]) => [change.name, from] as const)
      : [],
  );
}

function withOne(request: Request, name: string, value: string): Request {
  return { ...request, headers: [...request.headers.filter(([known]) => known !== name), [name, value]] };
}

function withPath(request: Request, vary: (path: string) => string): Request {
  const headers = request.headers.map(
    ([name, value]) => [name, name === ":path" && !value.includes("?") ? vary(value) : value] as const,
  );
  return { ...request, headers };
}

function hostOf({ headers }: Request): string {
  return (headers.find(([name]) => name === ":authority")?.[1] ?? "example.com").replace(/:\d*$/, "");
}
