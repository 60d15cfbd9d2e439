// A route's places in the order of all routes: one for each hostname and each match.
import type { Listener } from "../gateway-api/gateway.ts";
import type { Surroundings } from "../gateway-api/surroundings.ts";
import { policyName, type PolicyIdentity } from "../kind.ts";
import { common, hostRank, reachedHostnames } from "./hostnames.ts";
import { complete, matchesOf, matchKey, matchRank, type Match } from "./matches.ts";
import { listenersOf, offerBothSchemes } from "./parents.ts";
import type { MatchSpec, RuleSpec, Spec } from "./schema.ts";

export interface Entry {
  readonly hostname: string | undefined;
  /** Where only the listeners of one scheme serve the hostname, that one. */
  readonly scheme: "http" | "https" | undefined;
  readonly match: Match;
  /** As it is written; undefined where the rule names none. */
  readonly written: MatchSpec | undefined;
  readonly rule: RuleSpec | undefined;
  /** The rule's number in its route. */
  readonly index: number;
  /** The listeners that serve the hostname, where they are known. */
  readonly listeners: readonly Listener[] | undefined;
  readonly rank: readonly (number | string)[];
  /** The same where the same requests are taken, as far as words tell. */
  readonly key: string;
}

/** In the order of hostnames, rules, matches. */
export function entriesOf(spec: Spec, identity: PolicyIdentity, surroundings: Surroundings): Entry[] {
  const listeners = listenersOf(spec, identity, surroundings);
  const both = offerBothSchemes(spec, identity, surroundings);
  const rules: readonly (RuleSpec | undefined)[] = spec.rules?.items ?? [undefined];
  const matches = rules.flatMap((rule, index) =>
    matchesOf(rule).map((written, number) => ({ rule, index, written, number, match: complete(written) })),
  );
  return reachedHostnames(hostnamesOf(spec), listeners).flatMap(({ hostname, written: asWritten }) => {
    const serving = listeners?.filter((one) => common(hostname, one.hostname) === hostname);
    const scheme = both && serving ? onlyScheme(serving) : undefined;
    return matches.map(({ number, ...one }) => ({
      ...one,
      hostname,
      scheme,
      listeners: serving,
      rank: [
        ...hostRank(hostname),
        ...hostRank(asWritten),
        ...matchRank(one.match),
        identity.created ?? Infinity,
        policyName(identity),
        one.index,
        number,
      ],
      key: JSON.stringify([hostname, scheme, matchKey(one.match)]),
    }));
  });
}

function onlyScheme(listeners: readonly Listener[]): "http" | "https" | undefined {
  const [first, second] = new Set(listeners.map(({ protocol }) => protocol));
  if (second !== undefined) return undefined;
  return first === "HTTPS" ? "https" : "http";
}

export function hostnamesOf({ hostnames }: Spec): string[] {
  return (hostnames?.items ?? []).map(({ value }) => value);
}
