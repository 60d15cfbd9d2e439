// What a request costs in host calls, at worst. Host calls are where a filter's time goes: every answer that the host has
// to place in the filter's memory costs more than all the filter's own work.
import { celProperties } from "./cel.ts";
import type { Subject } from "./subject.ts";
import { propertyPaths } from "../ir/slots.ts";
import type { HeaderChange } from "../ir/routing.ts";
import type { PlannedRoutes, Price } from "./plan.ts";

/** The worst case over all requests. */
export function priceOf(needs: {
  readsHeaders: boolean;
  /** What is classified. */
  subjects: readonly Subject[];
  /** Whether something beside asks for the peer. */
  asksPeer: boolean;
  /** Calls of the rate-limiting stages, by phase. */
  limits: Pick<Price, "request" | "response">;
  mayRefuse: boolean;
  routes: readonly PlannedRoutes[];
  /** Calls of the authentication stage. */
  authentication: Readonly<Record<string, number>>;
}): Price {
  const { subjects } = needs;
  const peer = needs.asksPeer || subjects.some(({ kind }) => kind === "peer");
  const reads = {
    proxy_get_header_map_pairs: needs.readsHeaders ? 1 : 0,
    proxy_get_property: new Set(subjects.flatMap(propertiesOf)).size + (peer ? 1 : 0),
  };
  const changes = countChanges(needs.routes.map((policy) => dearest(policy.rules.flatMap(requestChanges))));
  const forwarded = changes.set + changes.remove > 0;
  const request = present(
    added(
      {
        ...reads,
        proxy_replace_header_map_value: changes.set,
        proxy_remove_header_map_value: changes.remove,
        proxy_send_local_response: needs.mayRefuse && !forwarded ? 1 : 0,
      },
      added({ ...needs.authentication }, needs.limits.request),
    ),
  );
  const answers = countChanges(needs.routes.map((policy) => dearest(policy.responses)));
  const response = present(
    added(
      {
        proxy_replace_header_map_value: answers.set,
        proxy_remove_header_map_value: answers.remove,
      },
      needs.limits.response,
    ),
  );
  return { request, response, total: sum(request) + sum(response) };
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
    case "claim":
    case "peer":
    case "nested":
      return [];
    case "cel":
      return celProperties(subject.condition.expression).map((path) => `cel ${path}`);
  }
}

function requestChanges(rule: PlannedRoutes["rules"][number]): HeaderChange[][] {
  if (!rule.split) return [[...rule.request]];
  return rule.split.arms.map((arm) => [...rule.request, ...arm.request]);
}

function dearest(lists: readonly (readonly HeaderChange[])[]): readonly HeaderChange[] {
  return lists.reduce((most, list) => (list.length > most.length ? list : most), []);
}

function countChanges(lists: readonly (readonly HeaderChange[])[]): { set: number; remove: number } {
  const all = lists.flat();
  const set = all.filter((change) => change.op === "set").length;
  return { set, remove: all.length - set };
}

function added(
  calls: Record<string, number>,
  more: Readonly<Record<string, number>>,
): Record<string, number> {
  const all = { ...calls };
  for (const [name, count] of Object.entries(more)) all[name] = (all[name] ?? 0) + count;
  return all;
}

function present(calls: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(calls).filter(([, count]) => count > 0));
}

function sum(calls: Record<string, number>): number {
  return Object.values(calls).reduce((a, b) => a + b, 0);
}
