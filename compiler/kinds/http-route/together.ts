// What only the other documents of a bundle tell about routes: listeners, grants, and routes that take each other's requests.
import type { Diagnostics, Where } from "../../diagnostics/diagnostic.ts";
import { firstLine } from "../../schema/schema.ts";
import { positionOf, type Span } from "../../source/span.ts";
import type { Surroundings } from "../gateway-api/surroundings.ts";
import { policyName, type Policy } from "../kind.ts";
import { faultOf, mirrorRefs } from "./backends.ts";
import { checkParentNamespaces } from "./check-parents.ts";
import { entriesOf, hostnamesOf, type Entry } from "./entries.ts";
import { common } from "./hostnames.ts";
import { listenersOf } from "./parents.ts";
import type { ObjectRefSpec, Spec } from "./schema.ts";

type Route = Policy<Spec>;

export function checkTogether(
  routes: readonly Route[],
  surroundings: Surroundings,
  diagnostics: Diagnostics,
): void {
  for (const route of routes) {
    checkParentNamespaces(route.spec, route.identity, diagnostics);
    adviseOnListeners(route, surroundings, diagnostics);
    for (const rule of route.spec.rules?.items ?? []) {
      for (const ref of rule.backendRefs?.items ?? []) {
        const where = faultShown(ref, route, surroundings, "its share of requests is answered 500");
        if (where) diagnostics.warning("no-destination", ...where);
      }
      // A mirror is a filter, and none is skipped.
      for (const ref of mirrorRefs(rule)) {
        const where = faultShown(ref, route, surroundings, "nothing would get the copies");
        if (where) diagnostics.error("no-destination", ...where);
      }
    }
  }
  adviseOnConflicts(routes, surroundings, diagnostics);
}

/** A listener takes the requests for its own hostname only. */
function adviseOnListeners(
  { spec, identity }: Route,
  surroundings: Surroundings,
  diagnostics: Diagnostics,
): void {
  const listeners = listenersOf(spec, identity, surroundings);
  if (!listeners) return;
  if (listeners.length === 0) {
    diagnostics.warning("nothing-applies", `no listener takes the route \`${policyName(identity)}\``, {
      span: firstLine(spec.parentRefs?.span ?? identity.span),
      help: "its Gateways are in the bundle: compare `sectionName`, `port`, protocol and `allowedRoutes`; until then the route takes no request",
    });
    return;
  }
  for (const [i, hostname] of hostnamesOf(spec).entries()) {
    if (listeners.some((one) => common(hostname, one.hostname) !== null)) continue;
    diagnostics.warning("nothing-applies", `no listener of the route serves \`${hostname}\``, {
      span: spec.hostnames?.items[i]?.span ?? identity.span,
      help: `the listeners serve ${[...new Set(listeners.map((one) => `\`${one.hostname ?? "*"}\``))].join(", ")}: the name is passed over, as the standard has it`,
    });
  }
}

/** Message and place of a reference that leads nowhere. */
function faultShown(
  ref: ObjectRefSpec,
  { identity }: Route,
  surroundings: Surroundings,
  consequence: string,
): [message: string, where: Where] | undefined {
  const [name, namespace] = [ref.name.value, ref.namespace?.value ?? ""];
  switch (faultOf(ref, identity, surroundings)) {
    case "kind":
      return [
        `a \`${ref.kind?.value ?? ref.group?.value ?? ""}\` is no backend that can be reached`,
        { span: (ref.kind ?? ref.group ?? ref.name).span, help: `${consequence}: name a \`Service\`` },
      ];
    case "grant":
      return [
        `\`${namespace}\` grants no HTTPRoute of \`${identity.namespace}\` its \`${name}\``,
        {
          span: ref.namespace?.span ?? ref.name.span,
          help: `${consequence}: write a \`ReferenceGrant\` into \`${namespace}\`, from \`HTTPRoute\` of \`${identity.namespace}\` to \`Service\``,
        },
      ];
    case undefined:
      return undefined;
  }
}

/** An entry with the route that it is of. */
interface Placed extends Entry {
  readonly route: Route;
}

/** A match whose requests an identical one takes, under each of its hostnames. */
function adviseOnConflicts(
  routes: readonly Route[],
  surroundings: Surroundings,
  diagnostics: Diagnostics,
): void {
  const first = new Map<string, Placed>();
  const entries = routes.flatMap((route): Placed[] =>
    entriesOf(route.spec, route.identity, surroundings).map((entry) => ({ ...entry, route })),
  );
  for (const entry of entries) {
    const other = first.get(entry.key);
    if (!other || goesFirst(entry, other)) first.set(entry.key, entry);
  }
  const won = new Set<string>();
  const lost = new Map<string, { readonly entry: Placed; readonly winner: Placed }>();
  for (const entry of entries) {
    const winner = first.get(entry.key);
    const place = `${policyName(entry.route.identity)} ${entry.rank.slice(-2).join(" ")}`;
    if (winner === entry) won.add(place);
    else if (winner && !lost.has(place)) lost.set(place, { entry, winner });
  }
  for (const [place, { entry, winner }] of lost) {
    if (won.has(place)) continue;
    diagnostics.warning(
      "rule-never-reached",
      `this match never gets a request: ${shown(winner)} has the same`,
      {
        span: spanOf(entry),
        help: `${why(entry, winner)}; the other is in ${line(spanOf(winner))}`,
      },
    );
  }
}

function goesFirst(a: Entry, b: Entry): boolean {
  const at = a.rank.findIndex((one, i) => one !== b.rank[i]);
  return at >= 0 && (a.rank[at] ?? 0) < (b.rank[at] ?? 0);
}

function shown({ route, index }: Placed): string {
  return `\`rules[${index}]\` of \`${policyName(route.identity)}\``;
}

function why(loser: Placed, winner: Placed): string {
  if (loser.route === winner.route) return "of a route's equal matches the first counts";
  return winner.route.identity.created === loser.route.identity.created
    ? "of equal matches that of the route whose name comes first in the alphabet counts"
    : "of equal matches that of the oldest route counts, by `metadata.creationTimestamp`";
}

function spanOf({ written, rule, route }: Placed): Span {
  return firstLine(written?.span ?? rule?.span ?? route.identity.span);
}

function line({ file, start }: Span): string {
  return `${file.shown}:${positionOf(file, start).line}`;
}
