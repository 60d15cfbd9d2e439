// What a request costs in host calls, at worst. Host calls are where a filter's time goes: every answer that the host has
// to place in the filter's memory costs more than all the filter's own work.
import { celProperties } from "./cel.ts";
import type { Subject } from "./subject.ts";
import { propertyPaths } from "../ir/slots.ts";
import type { HeaderChange } from "../ir/routing.ts";
import type { PlannedCrossOrigin } from "./cross-origin.ts";
import type { PlannedAction, PlannedHttpRoutes } from "./http-routes.ts";
import type { Plan, PlannedChanges, PlannedRouting, PlannedRoutes, Price } from "./plan.ts";
import { isMoved } from "./routes.ts";
import { httpChanges, requestChanges } from "./routing.ts";

/** The worst case over all requests, but for headers that are copied and have several values: each takes a call. */
export function priceOf(needs: {
  readsHeaders: boolean;
  /** What is classified. */
  subjects: readonly Subject[];
  /** Whether something beside asks for the peer. */
  asksPeer: boolean;
  /** Calls of the rate-limiting stages, by phase. */
  limits: Pick<Price, "request" | "response">;
  mayRefuse: boolean;
  httpRoutes: PlannedHttpRoutes | undefined;
  crossOrigin: PlannedCrossOrigin | undefined;
  routes: readonly PlannedRoutes[];
  routing: PlannedRouting;
  /** Calls of the authentication stage. */
  authentication: Readonly<Record<string, number>>;
}): Price {
  const { subjects, routes, routing, httpRoutes } = needs;
  const peer = needs.asksPeer || subjects.some(({ kind }) => kind === "peer");
  const properties = [
    ...subjects.flatMap(propertiesOf),
    ...routing.values.flatMap((value) => celProperties(value).map((path) => `cel ${path}`)),
  ];
  const reads = {
    proxy_get_header_map_pairs: needs.readsHeaders ? 1 : 0,
    proxy_get_property: new Set(properties).size + (peer ? 1 : 0),
  };
  const changes = together([
    httpRoutes ? dearest([NO_ROUTE, ...httpRoutes.actions.map((action) => callsOf(action, routing))]) : {},
    ...routes.map((policy) => dearest(policy.rules.flatMap(requestChanges).map(callsFor))),
    // Without HTTPRoutes: the cluster, written or removed.
    httpRoutes || !routing.choosesClusters ? {} : { [SET]: 1 },
  ]);
  const forwarded = sum(changes) > 0;
  const request = present(
    together([
      reads,
      changes,
      { proxy_send_local_response: needs.mayRefuse && !forwarded ? 1 : 0 },
      needs.authentication,
      needs.limits.request,
    ]),
  );
  const response = present(
    together([
      { proxy_get_header_map_pairs: routing.responseHeaders.length > 0 ? 1 : 0 },
      dearest(httpChanges(httpRoutes).map((made: PlannedChanges) => callsFor(made.response))),
      ...routes.map((policy) => dearest(policy.responses.map(callsFor))),
      needs.crossOrigin ? SHARING : {},
      needs.limits.response,
    ]),
  );
  return { request, response, total: sum(request) + sum(response) };
}

/** The functions that some request's or response's changes call, though the dearest may not. */
export function changeFunctions({
  httpRoutes,
  crossOrigin,
  routes,
  routing,
}: Pick<Plan, "httpRoutes" | "crossOrigin" | "routes" | "routing">): string[] {
  const lists = [
    ...httpChanges(httpRoutes).flatMap(({ request, response }) => [request, response]),
    ...routes.flatMap(({ rules, responses }) => [...rules.flatMap(requestChanges), ...responses]),
  ];
  const moved = lists.flat().filter(isMoved);
  const calls = together([
    ...(httpRoutes?.actions ?? []).map((action) => callsOf(action, routing)),
    ...lists.map(callsFor),
    routing.choosesClusters ? { [SET]: 1, [REMOVE]: 1 } : {},
    crossOrigin ? SHARING : {},
    // Where a value cannot be made, and where what is copied is not there, or more than once.
    routing.values.length > 0 || moved.length > 0 ? { [REMOVE]: 1 } : {},
    moved.some(({ op }) => op !== "map") ? { [ADD]: 1 } : {},
  ]);
  return Object.keys(present(calls));
}

type Calls = Readonly<Record<string, number>>;

const SET = "proxy_replace_header_map_value";
const REMOVE = "proxy_remove_header_map_value";
const ADD = "proxy_add_header_map_value";

/** What the response says to another origin: either call in place of the other for some of it. */
const SHARING: Calls = { [SET]: 1, [REMOVE]: 2, [ADD]: 1 };

/** Where no rule matches. */
const NO_ROUTE: Calls = { proxy_send_local_response: 1 };

/** Of an action: what it changes, what Envoy is told, and what clients may not send, removed. */
function callsOf({ does }: PlannedAction, { owned }: PlannedRouting): Calls {
  if (does.kind === "redirect") return { proxy_send_local_response: 1 };
  const rewrites = (does.host === undefined ? 0 : 1) + (does.path ? 1 : 0);
  const told = does.internal.length;
  return together([
    dearest(does.backends.map(({ changes }) => callsFor(changes.request))),
    { [SET]: rewrites + told + 1, [REMOVE]: owned.length - told },
  ]);
}

/** The properties that a subject is read from, the peer's address aside, which is kept for the whole request. */
function propertiesOf(subject: Subject): string[] {
  switch (subject.kind) {
    case "principal":
    case "sni":
    case "destination-port":
    case "metadata":
      return propertyPaths(subject).map((path) => path.join(" "));
    case "client":
    case "destination":
      return [subject.kind];
    case "method":
    case "path":
    case "host":
    case "header":
    case "cookie":
    case "query":
    case "hostname":
    case "claim":
    case "peer":
    case "nested":
      return [];
    case "cel":
      return celProperties(subject.condition.expression).map((path) => `cel ${path}`);
  }
}

function dearest(lists: readonly Calls[]): Calls {
  return lists.reduce((most, calls) => (sum(calls) > sum(most) ? calls : most), {});
}

function callsFor(changes: readonly HeaderChange[]): Calls {
  const of = (op: HeaderChange["op"]): number => changes.filter((change) => change.op === op).length;
  return {
    [SET]: of("set") + changes.filter(isMoved).length,
    [REMOVE]: of("remove") + of("rename"),
    [ADD]: of("add"),
  };
}

function together(all: readonly Calls[]): Calls {
  const calls: Record<string, number> = {};
  for (const [name, count] of all.flatMap((one) => Object.entries(one)))
    calls[name] = (calls[name] ?? 0) + count;
  return calls;
}

function present(calls: Calls): Calls {
  return Object.fromEntries(Object.entries(calls).filter(([, count]) => count > 0));
}

function sum(calls: Calls): number {
  return Object.values(calls).reduce((a, b) => a + b, 0);
}
