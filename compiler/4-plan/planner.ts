// Program → plan: what the filter reads and in what order it asks, so that the emitter has no decisions left to make.
//
// All headers that any policy looks at are read in one batched host call; the peer's address and the clock only when a
// rule gets that far. Within a condition the cheap questions come first: conditions have no effects, so order is free.
import { never, testsOf } from "../ir/conditions.ts";
import { headerOf } from "../ir/interpret.ts";
import type { Attribute, Condition, HeaderChange, Limit, Program, Rule } from "../ir/program.ts";
import { armSeed } from "../ir/split.ts";
import type { Span } from "../source/span.ts";
import type { Plan, PlannedLimit, PlannedRouteRule, PlannedRoutes } from "./plan.ts";
import { priceOf } from "./price.ts";

/** What no filter can be planned for, although each policy by itself is in order. */
export class PlanFault extends Error {
  readonly help: string;
  readonly span: Span | undefined;

  constructor(message: string, help: string, span?: Span) {
    super(message);
    this.help = help;
    this.span = span;
  }
}

const WAYS = 8;
const BUCKET_BYTES = 24;
/** A worker's VM must find this much memory when it starts; Envoy has a VM a worker. */
const MAX_BUCKET_BYTES = 512 * 1024 * 1024;

export function plan(program: Program): Plan {
  const { authorization } = program;
  const deny = liveRules(authorization.deny);
  const allow = liveRules(authorization.allow);
  const limits = program.limits.map((limit) => ({
    ...limit,
    sets: setsFor(limit.key.length === 0 ? 1 : limit.maxKeys),
  }));
  checkMemory(limits);
  const routes = planRoutes(program.routes);
  const remembers = routes.some((policy) => policy.responses.length > 0);
  const conditions = [...deny, ...allow].map((rule) => rule.when);
  const slots = [...new Set(slotNames(conditions, limits, routes))].sort();
  return {
    bundle: program.bundle,
    responses: program.responses,
    slots,
    authorization: { deny, allow, anyAllowPolicy: authorization.anyAllowPolicy },
    limits,
    routes,
    remembers,
    callbacks: [
      ...(limits.length > 0 ? ["proxy_on_configure"] : []),
      "proxy_on_request_headers",
      ...(remembers ? ["proxy_on_response_headers", "proxy_on_delete"] : []),
    ],
    price: priceOf({
      readsHeaders: slots.length > 0,
      asksPeer: asksPeer(conditions, limits, routes),
      readsClock: limits.length > 0,
      mayRefuse: slots.length > 0 || deny.length > 0 || authorization.anyAllowPolicy || limits.length > 0,
      routes,
    }),
  };
}

/** Rules that can match at all, with the cheap questions first. */
function liveRules(rules: readonly Rule[]): Rule[] {
  return rules
    .map((rule) => ({ ...rule, when: cheapFirst(rule.when) }))
    .filter(({ when }) => when !== never && !(when.op === "constant" && !when.value));
}

/** What asking costs, relative to comparing one header. */
function cost(condition: Condition): number {
  switch (condition.op) {
    case "constant":
      return 0;
    case "not":
      return cost(condition.of);
    case "all":
    case "any":
      return condition.of.reduce((sum, c) => sum + cost(c), 0);
    case "cel":
      return 100;
    case "test":
      return condition.attribute.kind === "peer" ? 50 : condition.attribute.kind === "cookie" ? 3 : 1;
  }
}

function cheapFirst(condition: Condition): Condition {
  if (condition.op === "not") return { op: "not", of: cheapFirst(condition.of) };
  if (condition.op !== "all" && condition.op !== "any") return condition;
  const of = condition.of.map(cheapFirst);
  const keyed = of.map((c, index) => ({ c, index, cost: cost(c) }));
  keyed.sort((a, b) => a.cost - b.cost || a.index - b.index);
  return { op: condition.op, of: keyed.map(({ c }) => c) };
}

function checkMemory(limits: readonly PlannedLimit[]): void {
  let bytes = 0;
  for (const { sets, origin } of limits) {
    bytes += sets * WAYS * BUCKET_BYTES;
    if (bytes <= MAX_BUCKET_BYTES) continue;
    throw new PlanFault(
      `the buckets of this bundle's limits need more than ${MAX_BUCKET_BYTES / 1024 / 1024} MiB in each worker`,
      `lower \`maxKeys\`: a bucket takes ${BUCKET_BYTES} bytes, and their number is rounded up to a power of two`,
      origin.span,
    );
  }
}

function setsFor(keys: number): number {
  let sets = 1;
  while (sets * WAYS < keys) sets *= 2;
  return sets;
}

function planRoutes(policies: Program["routes"]): PlannedRoutes[] {
  let shift = 0;
  return policies.map(({ policy, rules }) => {
    const responses: (readonly HeaderChange[])[] = [];
    const numbers = new Map<string, number>();
    const numberOf = (changes: readonly HeaderChange[]): number => {
      if (changes.length === 0) return 0;
      const text = JSON.stringify(changes);
      const number = numbers.get(text) ?? responses.push(changes);
      numbers.set(text, number);
      return number;
    };
    const planned = rules
      .map((rule): PlannedRouteRule => ({
        rule,
        when: cheapFirst(rule.when),
        request: rule.changes.request,
        response: rule.split ? 0 : numberOf(rule.changes.response),
        split: rule.split && {
          stickyBy: rule.split.stickyBy,
          arms: rule.split.arms.map((arm) => ({
            name: arm.name,
            weight: arm.weight,
            seed: armSeed(arm.name),
            request: arm.changes.request,
            response: numberOf([...rule.changes.response, ...arm.changes.response]),
          })),
        },
      }))
      .filter(({ when }) => !(when.op === "constant" && !when.value));
    const bits = responses.length === 0 ? 0 : 32 - Math.clz32(responses.length);
    const result = { policy, rules: planned, responses, shift, bits };
    shift += bits;
    if (shift > 64) {
      // What a response gets is remembered in one word of 64 bits.
      throw new PlanFault(
        "too many routing policies change responses in one bundle",
        "merge some of the HeaderRoutePolicy documents",
        rules[0]?.origin.span,
      );
    }
    return result;
  });
}

function* slotNames(
  conditions: readonly Condition[],
  limits: readonly Limit[],
  routes: readonly PlannedRoutes[],
): Iterable<string> {
  const rules = routes.flatMap((r) => r.rules);
  const attributes: Attribute[] = [...conditions, ...rules.map((r) => r.when)].flatMap((c) =>
    [...testsOf(c)].map((t) => t.attribute),
  );
  for (const limit of limits) for (const part of limit.key) if (part.kind !== "peer") attributes.push(part);
  for (const { split } of rules) {
    if (!split) continue;
    for (const key of split.stickyBy) if (key.kind === "header") attributes.push(key);
    yield "x-request-id";
  }
  for (const attribute of attributes) {
    const name = headerOf(attribute);
    if (name !== undefined) yield name;
  }
}

function asksPeer(
  conditions: readonly Condition[],
  limits: readonly Limit[],
  routes: readonly PlannedRoutes[],
): boolean {
  return (
    conditions.some((c) => [...testsOf(c)].some((t) => t.attribute.kind === "peer")) ||
    limits.some((l) => l.key.some((part) => part.kind === "peer")) ||
    routes.some((r) => r.rules.some((rule) => rule.split?.stickyBy.some((key) => key.kind === "peer")))
  );
}
