// What of a request routing looks at beside the conditions of its rules.
import type { CelValueExpression } from "../cel/expression.ts";
import type { Program } from "./program.ts";
import { ownedHeaders } from "./route-headers.ts";
import type { Changes, HttpRouteRule, StickyKey, Template } from "./routing.ts";
import { slotOf, type Slot } from "./slots.ts";

/** The slots; one may be there more than once. Those of expressions are theirs: see `expressionsOf`. */
export function routingSlots(program: Program): Slot[] {
  const http = program.httpRoutes?.rules ?? [];
  const rules = program.routes.flatMap((policy) => policy.rules);
  const sticky = rules.flatMap(({ split }) => (split ? stickySlots(split.stickyBy) : []));
  const copied = changesOf(program).flatMap(({ request }) =>
    request.flatMap((change) =>
      change.op === "copy" || change.op === "rename" || change.op === "map" ? [header(change.name)] : [],
    ),
  );
  return [
    ...http.flatMap(slotsOfRule),
    ...(http.some(({ cors }) => cors) ? CROSS_ORIGIN.map(header) : []),
    ...sticky,
    ...copied,
    ...ownedHeaders(program).map(header),
  ];
}

/** The expressions that header values are made of. */
export function expressionsOf(program: Program): CelValueExpression[] {
  return changesOf(program)
    .flatMap(({ request, response }) => [...request, ...response])
    .flatMap((change): Template => (change.op === "set" || change.op === "add" ? change.value : []))
    .filter((part) => typeof part !== "string");
}

/** All changes that some rule, backend or arm asks for. */
export function changesOf(program: Program): Changes[] {
  const http = program.httpRoutes?.rules ?? [];
  const rules = program.routes.flatMap((policy) => policy.rules);
  return [
    ...http.flatMap(({ changes, action }) => [
      changes,
      ...(action.kind === "forward" ? action.backends.map((backend) => backend.changes) : []),
    ]),
    ...rules.flatMap(({ changes, split }) => [changes, ...(split?.arms ?? []).map((arm) => arm.changes)]),
  ];
}

const CROSS_ORIGIN = [":method", "origin", "access-control-request-method", "access-control-request-headers"];

function slotsOfRule({ action }: HttpRouteRule): Slot[] {
  if (action.kind === "redirect") return [":authority", ":scheme", ":path?"].map(header);
  return [
    ...(action.path ? [header(":path?")] : []),
    ...(action.backends.length > 1 ? [header("x-request-id")] : []),
  ];
}

function stickySlots(keys: readonly StickyKey[]): Slot[] {
  const own = keys.flatMap((key) => slotOf(key) ?? []);
  return [...own, header("x-request-id")];
}

function header(name: string): Slot {
  return { from: "header", name };
}
