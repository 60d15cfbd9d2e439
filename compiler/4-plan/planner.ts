// Program → plan: what the filter reads and in what order it asks, so that the emitter has no decisions left to make.
//
// All headers that any policy looks at are read in one batched host call; everything else only when a decision gets that far.
import type { Condition, Limit, Program, Rule } from "../ir/program.ts";
import { routingSlots } from "../ir/route-reads.ts";
import type { Span } from "../source/span.ts";
import type { Ask, Ruled } from "./ask.ts";
import {
  authenticationBesides,
  authenticationCallbacks,
  authenticationPrice,
  authenticationSlots,
  planAuthentication,
} from "./authentication.ts";
import { isPseudoHeader } from "../http/header-syntax.ts";
import { celSlots, planCel } from "./cel.ts";
import { clausesOf, MAX_CLAUSES, TooManyClauses, type Nest } from "./clauses.ts";
import { isTruth, type Subject } from "./subject.ts";
import { TooManyClasses } from "./classes/class-table.ts";
import { buildColumns, type Columns } from "./columns.ts";
import { planCrossOrigin } from "./cross-origin.ts";
import { decisionOf, type Decision, type RuleClauses } from "./decision.ts";
import { buildDiagram } from "./diagram.ts";
import { PlanFault } from "./fault.ts";
import { planHttpRoutes } from "./http-routes.ts";
import { ALLOWED, DENIED } from "../ir/outcomes.ts";
import type { Plan, PlannedDecision, PlannedRoutes } from "./plan.ts";
import {
  limitBesides,
  limitCallbacks,
  limitPrice,
  limitSlots,
  planLimits,
  type PlannedLimit,
} from "./limits.ts";
import { planValues, valueBesides, valueCallbacks } from "./parameters.ts";
import { changeFunctions, priceOf } from "./price.ts";
import { checkRoom } from "./room.ts";
import { planRoutes } from "./routes.ts";
import { planRouting } from "./routing.ts";
import { buildSearch } from "./search.ts";
import { headerOf, slotKey, slotOf, type Slot } from "../ir/slots.ts";

export { PlanFault } from "./fault.ts";

export function plan(program: Program): Plan {
  const { authorization } = program;
  const asked: Asked[] = [];
  let together = 0;
  const ask: Ask = (name, rules) =>
    asked.push({
      name,
      rules: rules.map(({ when, outcome, span }) => {
        const found = clauses(when, span, (condition) => ({
          kind: "nested",
          decision: ask(`a part of ${name}`, [{ when: condition, outcome: 1, span }]),
          condition,
        }));
        together += found.length;
        if (together > MAX_TOGETHER) throw tooManyTogether(span);
        return { clauses: found, outcome, span };
      }),
    }) - 1;
  const decides = authorization.anyAllowPolicy || authorization.deny.length > 0;
  const authorizing = decides
    ? {
        decision: ask("authorization", [
          ...authorization.deny.map((rule, i) => ruled(rule, DENIED + i)),
          ...authorization.allow.map((rule) => ruled(rule, ALLOWED)),
        ]),
        anyAllowPolicy: authorization.anyAllowPolicy,
        deny: authorization.deny,
      }
    : undefined;
  const observers = authorization.observers.map((observer) => ({
    observer,
    decision: ask(
      `${observer.effect} of ${observer.policy}`,
      observer.rules.map((rule) => ruled(rule, 1)),
    ),
  }));
  const {
    limits,
    recordBytes: limitsEnd,
    itemsEnd,
  } = planLimits(program.limits, ROUTES_BYTES, ({ when, origin }) =>
    ask(`${origin.part} of ${origin.policy}`, [{ when, outcome: 1, span: origin.span }]),
  );
  const httpRoutes = program.httpRoutes && planHttpRoutes(program.httpRoutes, ask);
  const crossOrigin = program.httpRoutes && planCrossOrigin(program.httpRoutes, ask);
  const routes = planRoutes(program.routes, ask);
  const { routing, end: routingEnd } = planRouting(program, routes, httpRoutes, crossOrigin, limitsEnd);
  const { values: given, recordBytes } = planValues(program, routingEnd);
  const columns = columnsOf(asked);
  const decisions = asked.map(({ name, rules }): PlannedDecision => {
    const decision = decisionIn(columns, name, rules);
    return {
      decision,
      diagram: buildDiagram(decision, columns.columns),
      search: buildSearch(decision, columns.columns),
      repeats: decision.order.some((column) => mayRepeat(columns.columns[column]?.subject)),
    };
  });
  const authentication = program.authentication && planAuthentication(program.authentication);
  const { list, tape, crossOrigin: told } = routing.record;
  const answers =
    routes.some((policy) => policy.responses.length > 0) ||
    limits.some(tellsResponse) ||
    [list, tape, told].some((at) => at !== undefined);
  const remembers = answers || recordBytes > ROUTES_BYTES;
  const counts = limits.length > 0 || observers.length > 0;
  const values = [...limits.flatMap((limit) => limit.values), ...routing.values];
  const slots = slotsOf(columns, [
    ...authenticationSlots(program),
    ...routingSlots(program),
    ...celSlots(columns.columns, values),
    ...limitSlots(limits),
  ]);
  checkRoom(slots, authentication);
  return {
    bundle: program.bundle,
    responses: program.responses,
    slots,
    columns: columns.columns,
    tests: columns.tests,
    cel: planCel(columns.columns, values),
    decisions,
    authentication,
    authorization: authorizing,
    observers,
    limits,
    httpRoutes,
    crossOrigin,
    routes,
    routing,
    recordBytes: remembers ? recordBytes : 0,
    itemsEnd,
    values: given,
    rateLimitService: limits.some(({ scope }) => scope === "mesh") ? program.rateLimitService : undefined,
    callbacks: [
      ...new Set([
        ...(counts ? ["proxy_on_configure", "proxy_on_tick"] : []),
        ...authenticationCallbacks(authentication),
        ...limitCallbacks(limits),
        ...valueCallbacks(given),
        "proxy_on_request_headers",
        ...(answers ? ["proxy_on_response_headers"] : []),
        ...(remembers ? ["proxy_on_delete"] : []),
      ]),
    ],
    price: priceOf({
      readsHeaders: slots.some(({ from }) => from === "header"),
      subjects: columns.columns.map(({ subject }) => subject),
      asksPeer: asksPeer(limits, routes),
      limits: limitPrice(limits),
      mayRefuse: slots.length > 0 || decides || limits.length > 0,
      httpRoutes,
      crossOrigin,
      routes,
      routing,
      authentication: authenticationPrice(authentication),
    }),
    besides: [
      ...(counts ? COUNTING : []),
      ...limitBesides(limits),
      ...authenticationBesides(authentication),
      ...valueBesides(given),
      ...changeFunctions({ httpRoutes, crossOrigin, routes, routing }),
    ],
  };
}

/** Whether an attribute may have several values. Pseudo headers stand once: a request that repeats one is refused. */
function mayRepeat(subject: Subject | undefined): boolean {
  if (subject?.kind === "header") return !isPseudoHeader(subject.name);
  return subject?.kind === "claim" || subject?.kind === "principal";
}

/** What counters are made of. */
const COUNTING = ["proxy_define_metric", "proxy_increment_metric", "proxy_set_tick_period_milliseconds"];

/** Of a stream's record: what routes remember for the response. */
const ROUTES_BYTES = 8;

/** Whether a limit looks at the response, or changes it. */
function tellsResponse({ items, cost }: PlannedLimit): boolean {
  return items !== undefined || cost.kind === "response-header";
}

interface Asked {
  readonly name: string;
  readonly rules: readonly (RuleClauses & { readonly span: Span })[];
}

function ruled({ when, origin }: Rule, outcome: number): Ruled {
  return { when, outcome, span: origin.span };
}

/** The clauses of all rules of a filter, which are planned in memory. */
const MAX_TOGETHER = 200_000;

function tooManyTogether(span: Span): PlanFault {
  return new PlanFault(
    `up to this rule there are more than ${MAX_TOGETHER} alternatives that must be told apart`,
    "list fewer alternatives side by side, or spread the policies over several filters",
    span,
  );
}

function tooMany(span: Span): PlanFault {
  return new PlanFault(
    "this rule has too many alternatives that must be told apart",
    "split it into several rules, or list fewer alternatives side by side",
    span,
  );
}

function clauses(when: Condition, span: Span, nest: Nest): RuleClauses["clauses"] {
  try {
    return clausesOf(when, nest);
  } catch (error) {
    throw error instanceof TooManyClauses ? tooMany(span) : error;
  }
}

function decisionIn(columns: Columns, name: string, rules: Asked["rules"]): Decision {
  let together = 0;
  for (const { clauses: found, span } of rules) {
    let own = 0;
    for (const clause of found) own += columns.count(clause);
    if (own > MAX_CLAUSES) throw tooMany(span);
    together += own;
    if (together > MAX_TOGETHER) throw tooManyTogether(span);
  }
  return decisionOf(name, rules, columns);
}

function columnsOf(asked: readonly Asked[]): Columns {
  try {
    return buildColumns(asked.flatMap(({ rules }) => rules.flatMap((rule) => rule.clauses.flat())));
  } catch (error) {
    if (!(error instanceof TooManyClasses)) throw error;
    throw new PlanFault(
      "the patterns on one attribute are too many, or overlap too much, to be told apart",
      "use fewer patterns, above all such as begin or end alike, or spread the policies over several filters",
    );
  }
}

function slotsOf(columns: Columns, others: readonly Slot[]): Slot[] {
  const found = new Map<string, Slot>();
  const add = (slot: Slot | undefined): void => {
    if (slot) found.set(slotKey(slot), slot);
    const name = slot && headerOf(slot);
    if (name !== undefined && slot?.from !== "header") add({ from: "header", name });
  };
  for (const { subject } of columns.columns) if (!isTruth(subject)) add(slotOf(subject));
  for (const slot of others) add(slot);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, slot]) => slot);
}

/** Whether anything but a decision asks who the peer is. */
function asksPeer(limits: readonly Limit[], routes: readonly PlannedRoutes[]): boolean {
  return (
    limits.some((l) => l.key.some((part) => part.kind === "peer")) ||
    routes.some((r) => r.rules.some((rule) => rule.split?.stickyBy.some((key) => key.kind === "peer")))
  );
}
