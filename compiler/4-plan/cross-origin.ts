// Cross-origin rules: whether a request's origin may read the answer is one decision together with the rule that matches.
import { all } from "../ir/conditions.ts";
import type { Condition, Origin } from "../ir/program.ts";
import { asPreflight } from "../ir/routes.ts";
import type { Cors, HttpRoutes } from "../ir/routing.ts";
import type { Ask, Ruled } from "./ask.ts";

/** Outcomes are twice the number of what matches, from 1, where the origin is allowed; one less where it is not; 0: none. */
export interface PlannedCrossOrigin {
  /** Number: of the sharing. */
  readonly decision: number;
  readonly shared: readonly Cors[];
  /** Number: of the preflight. */
  readonly preflight: number;
  readonly preflights: readonly { readonly origin: Origin; readonly shared: number }[];
}

/** Undefined where no rule says anything of other origins. */
export function planCrossOrigin({ rules }: HttpRoutes, ask: Ask): PlannedCrossOrigin | undefined {
  const last = rules.findLastIndex(({ cors }) => cors);
  if (last < 0) return undefined;
  const shared: Cors[] = [];
  const preflights: { origin: Origin; shared: number }[] = [];
  const sharings = new Map<string, number>();
  const asked = new Map<string, number>();
  const decided: { readonly of: Ruled[]; readonly before: Ruled[] } = { of: [], before: [] };
  for (const { origin, cors, when } of rules.slice(0, last + 1)) {
    const { span } = origin;
    const note = (list: Ruled[], match: Condition, number: number): void => {
      if (cors) list.push({ when: all([match, cors.allows]), outcome: 2 * number, span });
      list.push({ when: match, outcome: number === 0 ? 0 : 2 * number - 1, span });
    };
    if (!cors) {
      note(decided.of, when, 0);
      note(decided.before, asPreflight(when), 0);
      continue;
    }
    const key = JSON.stringify({ ...cors, allows: undefined });
    let sharing = sharings.get(key);
    if (sharing === undefined) sharings.set(key, (sharing = shared.push(cors)));
    const place = JSON.stringify([origin.policy, origin.part, sharing]);
    let preflight = asked.get(place);
    if (preflight === undefined) {
      preflight = preflights.push({ origin, shared: sharing - 1 });
      asked.set(place, preflight);
    }
    note(decided.of, when, sharing);
    note(decided.before, asPreflight(when), preflight);
  }
  return {
    decision: ask("cross-origin requests", decided.of),
    shared,
    preflight: ask("preflights", decided.before),
    preflights,
  };
}
