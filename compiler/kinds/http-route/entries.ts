// A route's places in the order of all routes: one for each hostname and each match.
import type { Listener } from "../gateway-api/gateway.ts";
import type { Surroundings } from "../gateway-api/surroundings.ts";
import { policyName, type PolicyIdentity } from "../kind.ts";
import { hostRank, reachedHostnames } from "./hostnames.ts";
import { complete, matchesOf, matchKey, matchRank, type Match } from "./matches.ts";
import { listenersOf } from "./parents.ts";
import type { MatchSpec, RuleSpec, Spec } from "./schema.ts";

export interface Entry {
  readonly hostname: string | undefined;
  readonly match: Match;
  /** As it is written; undefined where the rule names none. */
  readonly written: MatchSpec | undefined;
  readonly rule: RuleSpec | undefined;
  /** The rule's number in its route. */
  readonly index: number;
  /** The route's listeners, where they are known. */
  readonly listeners: readonly Listener[] | undefined;
  readonly rank: readonly (number | string)[];
  /** The same where the same requests are taken, as far as words tell. */
  readonly key: string;
}

/** In the order of hostnames, rules, matches. */
export function entriesOf(spec: Spec, identity: PolicyIdentity, surroundings: Surroundings): Entry[] {
  const listeners = listenersOf(spec, identity, surroundings);
  const rules: readonly (RuleSpec | undefined)[] = spec.rules?.items ?? [undefined];
  const matches = rules.flatMap((rule, index) =>
    matchesOf(rule).map((written, number) => ({ rule, index, written, number, match: complete(written) })),
  );
  return reachedHostnames(hostnamesOf(spec), listeners).flatMap(({ hostname, written: asWritten }) =>
    matches.map(({ number, ...one }) => ({
      ...one,
      hostname,
      listeners,
      rank: [
        ...hostRank(hostname),
        ...hostRank(asWritten),
        ...matchRank(one.match),
        identity.created ?? Infinity,
        policyName(identity),
        one.index,
        number,
      ],
      key: JSON.stringify([hostname, matchKey(one.match)]),
    })),
  );
}

export function hostnamesOf({ hostnames }: Spec): string[] {
  return (hostnames?.items ?? []).map(({ value }) => value);
}
