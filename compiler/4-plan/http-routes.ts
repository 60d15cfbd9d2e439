// HTTPRoutes as data: one decision names an action, and equal actions are one, so that what a request costs does not depend
// on how many there are.
import type { Origin } from "../ir/program.ts";
import { arm, internal } from "../ir/routes.ts";
import type { Forwarding, HttpRouteRule, HttpRoutes, PathChange, Redirect } from "../ir/routing.ts";
import { armSeed } from "../ir/split.ts";
import type { Ask } from "./ask.ts";
import type { PlannedChanges } from "./plan.ts";
import { changesKey, plain } from "./routes.ts";

export interface PlannedHttpRoutes {
  /** Outcome 0: no rule matches; else the number of the action, from 1. */
  readonly decision: number;
  readonly actions: readonly PlannedAction[];
}

/** What becomes of the requests of rules that ask for the same. */
export interface PlannedAction {
  /** The rules, for people to read. */
  readonly origins: readonly Origin[];
  readonly does: PlannedRedirect | PlannedForwarding;
}

export interface PlannedRedirect {
  readonly kind: "redirect";
  readonly redirect: Redirect;
  readonly changes: PlannedChanges;
}

export interface PlannedForwarding {
  readonly kind: "forward";
  /** Its share of a backend that is none is answered in the name of the rule; there is then one origin. */
  readonly mayAnswer: boolean;
  readonly host: string | undefined;
  readonly path: PathChange | undefined;
  /** What Envoy is told beside the cluster. */
  readonly internal: readonly { readonly name: string; readonly value: string }[];
  /** One, without a cluster, where the rule names none. */
  readonly backends: readonly PlannedBackend[];
}

export interface PlannedBackend {
  readonly cluster: string | undefined;
  readonly weight: number;
  /** The number that it draws with. */
  readonly seed: bigint;
  /** The rule's, and behind them its own. */
  readonly changes: PlannedChanges;
}

export function planHttpRoutes({ rules }: HttpRoutes, ask: Ask): PlannedHttpRoutes {
  const actions: { origins: Origin[]; does: PlannedAction["does"] }[] = [];
  const numbers = new Map<string, number>();
  const asked = rules.map((rule) => {
    const does = rule.action.kind === "redirect" ? redirect(rule, rule.action) : forward(rule, rule.action);
    const key = keyOf(does, rule.origin);
    let number = numbers.get(key);
    if (number === undefined) numbers.set(key, (number = actions.push({ origins: [], does })));
    actions[number - 1]?.origins.push(rule.origin);
    return { when: rule.when, outcome: number, span: rule.origin.span };
  });
  return { decision: ask("HTTPRoutes", asked), actions };
}

function redirect({ changes }: HttpRouteRule, action: Redirect): PlannedRedirect {
  return { kind: "redirect", redirect: action, changes: plain(changes) };
}

function forward({ changes }: HttpRouteRule, action: Forwarding): PlannedForwarding {
  const own = plain(changes);
  const backends = action.backends.map((backend, i): PlannedBackend => {
    const more = plain(backend.changes);
    return {
      cluster: backend.cluster,
      weight: backend.weight,
      seed: armSeed(arm(backend, i).name),
      changes: {
        request: [...own.request, ...more.request],
        response: [...own.response, ...more.response],
      },
    };
  });
  return {
    kind: "forward",
    mayAnswer: backends.length === 0 || backends.some(({ cluster }) => cluster === undefined),
    host: action.host,
    path: action.path,
    internal: [...internal(undefined, action)].map(({ name, value }) => ({ name, value })),
    backends: backends.length > 0 ? backends : [{ cluster: undefined, weight: 1, seed: 0n, changes: own }],
  };
}

function keyOf(does: PlannedAction["does"], { policy, part }: Origin): string {
  const answers = does.kind === "redirect" || does.mayAnswer;
  const backends =
    does.kind === "redirect"
      ? changesKey(does.changes.response)
      : does.backends.map(({ cluster, weight, changes }) => [
          cluster,
          weight,
          changesKey(changes.request),
          changesKey(changes.response),
        ]);
  const rest = does.kind === "redirect" ? does.redirect : [does.host, does.path, does.internal];
  return JSON.stringify([answers ? [policy, part] : [], backends, rest]);
}
