// AuthorizationPolicy → rules of the authorization stage. A rule is OR(from) ∧ OR(to) ∧ AND(when); the fields within one
// source or operation are ANDed, the values of a field ORed, and `notX` is NOT(OR).
import { all, always, any, not, test } from "../../ir/conditions.ts";
import type { Attribute, Condition, Predicate } from "../../ir/program.ts";
import { byteString } from "../../http/header-syntax.ts";
import { parseBlock } from "../../net/block.ts";
import type { Items } from "../../schema/schema.ts";
import type { Located } from "../../source/span.ts";
import { policyName, type PolicyIdentity, type ProgramDraft } from "../kind.ts";
import { parseKey } from "./check.ts";
import type { RuleSpec, Spec } from "./schema.ts";

type Values = Items<Located<string>> | undefined;
type Action = "ALLOW" | "DENY";

export function lower(identity: PolicyIdentity, spec: Spec, draft: ProgramDraft): void {
  const action = spec.action?.value ?? "ALLOW";
  if (action === "ALLOW") draft.authorization.anyAllowPolicy = true;
  const rules = action === "ALLOW" ? draft.authorization.allow : draft.authorization.deny;
  (spec.rules?.items ?? []).forEach((rule, index) => {
    const origin = { policy: policyName(identity), part: `rules[${index}]`, span: rule.span };
    rules.push({ origin, when: lowerRule(rule, action) });
  });
}

function lowerRule(rule: RuleSpec, action: Action): Condition {
  const from = rule.from?.items.map(({ source }) =>
    all([peerIn(source.ipBlocks, action), peerNotIn(source.notIpBlocks, action)]),
  );
  const to = rule.to?.items.map(({ operation: o }) =>
    all([
      ...both({ kind: "host" }, o.hosts, o.notHosts, hostPredicate),
      ...both({ kind: "method" }, o.methods, o.notMethods, presencePredicate),
      ...both({ kind: "path" }, o.paths, o.notPaths, pathPredicate),
    ]),
  );
  const when = rule.when?.items.map(({ key, values, notValues }) => {
    const attribute = parseKey(key);
    if (attribute?.kind === "header") return all(both(attribute, values, notValues, presencePredicate));
    return all([peerIn(values, action), peerNotIn(notValues, action)]);
  });
  return all([from ? any(from) : always, to ? any(to) : always, when ? all(when) : always]);
}

/** The positive and the negative list of one field. */
function both(
  attribute: Attribute,
  values: Values,
  notValues: Values,
  predicate: (text: string) => Predicate,
): Condition[] {
  const matches = (list: Items<Located<string>>): Condition =>
    any(list.items.map(({ value }) => test(attribute, predicate(value))));
  return [values ? matches(values) : always, notValues ? not(matches(notValues)) : always];
}

// Where the proxy does not say who the peer is, rules fail closed: an ALLOW rule that asks does not match, a DENY rule
// that asks does.
const peerKnown = test({ kind: "peer" }, { kind: "present" });

/** The direct peer is in one of the blocks. */
function peerIn(values: Values, action: Action): Condition {
  if (!values) return always;
  return action === "ALLOW" ? inBlocks(values) : any([not(peerKnown), inBlocks(values)]);
}

/** The direct peer is in none of the blocks. */
function peerNotIn(values: Values, action: Action): Condition {
  if (!values) return always;
  return action === "ALLOW" ? all([peerKnown, not(inBlocks(values))]) : not(inBlocks(values));
}

function inBlocks(values: NonNullable<Values>): Condition {
  return any(
    values.items.map(({ value }) => {
      const block = parseBlock(value);
      if (typeof block === "string") throw new Error(`unchecked block ${value}`);
      return test({ kind: "peer" }, { kind: "in-block", block });
    }),
  );
}

/** `abc`, `abc*`, `*abc`; a lone `*` is handled by each attribute. */
function pattern(text: string): Predicate {
  if (text.startsWith("*")) return { kind: "suffix", text: byteString(text.slice(1)) };
  if (text.endsWith("*")) return { kind: "prefix", text: byteString(text.slice(0, -1)) };
  return { kind: "exact", text: byteString(text) };
}

/** For headers, hosts and methods `*` is presence: an empty value counts. */
function presencePredicate(text: string): Predicate {
  return text === "*" ? { kind: "present" } : pattern(text);
}

/** For paths `*` asks for a value that is not empty. */
function pathPredicate(text: string): Predicate {
  return text === "*" ? { kind: "not-empty" } : pattern(text);
}

function hostPredicate(text: string): Predicate {
  return presencePredicate(text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
}
