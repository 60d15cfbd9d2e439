// Routing policies as they are emitted: what each rule and arm changes, and what of it waits for the response.
import type { Program } from "../ir/program.ts";
import { makeText } from "../ir/routes.ts";
import type { Changes, HeaderChange } from "../ir/routing.ts";
import { armSeed } from "../ir/split.ts";
import { PlanFault } from "./fault.ts";
import type { PlannedChanges, PlannedRouteRule, PlannedRoutes } from "./plan.ts";
import type { Ask } from "./ask.ts";

/** Numbers for what responses get; see `PlannedRoutes`. */
class Responses {
  readonly lists: (readonly HeaderChange[])[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(changes: readonly HeaderChange[]): number {
    if (changes.length === 0) return 0;
    const key = changesKey(changes);
    const number = this.#numbers.get(key) ?? this.lists.push(changes);
    this.#numbers.set(key, number);
    return number;
  }
}

export function planRoutes(policies: Program["routes"], ask: Ask): PlannedRoutes[] {
  let shift = 0;
  return policies.map(({ policy, rules }) => {
    const responses = new Responses();
    const planned = rules.map((rule): PlannedRouteRule => {
      const own = plain(rule.changes);
      return {
        rule,
        backend: rule.split ? undefined : rule.backend,
        changes: rule.split ? { request: own.request, response: [] } : own,
        response: rule.split ? 0 : responses.numberOf(own.response),
        split: rule.split && {
          stickyBy: rule.split.stickyBy,
          arms: rule.split.arms.map((arm) => {
            const { request, response } = plain(arm.changes);
            const together = [...own.response, ...response];
            return {
              name: arm.name,
              weight: arm.weight,
              ...(arm.holes && { holes: arm.holes }),
              seed: armSeed(arm.name),
              backend: arm.backend ?? rule.backend,
              changes: { request, response: together },
              response: responses.numberOf(together),
            };
          }),
        },
      };
    });
    const decision = ask(
      `routes of ${policy}`,
      rules.map(({ when, origin }, i) => ({ when, outcome: i + 1, span: origin.span })),
    );
    const { lists } = responses;
    const bits = lists.length === 0 ? 0 : 32 - Math.clz32(lists.length);
    const result = { policy, decision, rules: planned, responses: lists, shift, bits };
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

/** Changes whose values are either one text or made of expressions; what can never be made is what is done instead. */
export function plain({ request, response }: Changes): PlannedChanges {
  return { request: request.flatMap(plainChange), response: response.flatMap(plainChange) };
}

function plainChange(change: HeaderChange): HeaderChange[] {
  if (change.op !== "set" && change.op !== "add") return [change];
  if (change.value.some((part) => typeof part !== "string")) return [change];
  const text = makeText(change.value, { headers: [] });
  if (text !== undefined) return [{ ...change, value: [text] }];
  return change.op === "set" ? [{ op: "remove", name: change.name }] : [];
}

/** Whether a change sets what is made of the request. */
export function isMadeOfRequest(change: HeaderChange): boolean {
  return (
    (change.op === "set" || change.op === "add") && change.value.some((part) => typeof part !== "string")
  );
}

/** Whether a change looks at the header that it is about. */
export function isMoved(
  change: HeaderChange,
): change is Extract<HeaderChange, { readonly op: "copy" | "rename" | "map" }> {
  return change.op === "copy" || change.op === "rename" || change.op === "map";
}

/** Lists with the same key are the same. */
export function changesKey(changes: readonly HeaderChange[]): string {
  return JSON.stringify(changes, (_, value: unknown) =>
    typeof value === "object" && value !== null && "root" in value && "text" in value
      ? { cel: value.text }
      : value,
  );
}
