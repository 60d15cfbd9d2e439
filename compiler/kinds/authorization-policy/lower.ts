// AuthorizationPolicy → rules of the authorization stage. A rule is OR(from) ∧ OR(to) ∧ AND(when); the fields within one
// source or operation are ANDed, the values of a field ORed, and `notX` is NOT(OR).
import { isFault } from "../../automata/fault.ts";
import { isTemplate, parseTemplate } from "../../automata/template.ts";
import { byteString } from "../../http/header-syntax.ts";
import { all, always, any, not, test } from "../../ir/conditions.ts";
import type { Condition, Observer, Predicate, Rule } from "../../ir/program.ts";
import { parseBlock } from "../../net/block.ts";
import { policyName, type PolicyIdentity, type ProgramDraft } from "../kind.ts";
import { lowerExpression } from "./condition.ts";
import { isDryRun } from "./dry-run.ts";
import {
  namespacePredicate,
  principalPredicate,
  serviceAccountPredicate,
  trustDomainPredicate,
} from "./identity.ts";
import { patternOf } from "./pattern.ts";
import {
  isAddress,
  questionOfCondition,
  questionsOfOperation,
  questionsOfSource,
  type AddressSubject,
  type Question,
  type Subject,
  type Values,
} from "./question.ts";
import type { RuleSpec, Spec } from "./schema.ts";

/** What a rule takes from its policy. */
interface Context {
  /** Where an address is unknown, or an expression fails: rules that let in do not match then, rules that refuse or record do. */
  readonly matchesUnknown: boolean;
  /** The policy's namespace. */
  readonly namespace: string;
}

export function lower(identity: PolicyIdentity, spec: Spec, draft: ProgramDraft): void {
  const action = spec.action?.value ?? "ALLOW";
  const policy = policyName(identity);
  const context: Context = { matchesUnknown: action !== "ALLOW", namespace: identity.namespace };
  const rules = (spec.rules?.items ?? []).map((rule, index): Rule => ({
    origin: { policy, part: `rules[${index}]`, span: rule.span },
    when: lowerRule(rule, context),
  }));
  const { authorization } = draft;
  if (action === "AUDIT" || isDryRun(identity.annotations)) {
    authorization.observers.push({ policy, effect: effects[action], rules });
    return;
  }
  if (action === "ALLOW") authorization.anyAllowPolicy = true;
  const deciding = action === "ALLOW" ? authorization.allow : authorization.deny;
  for (const rule of rules) deciding.push(rule);
}

const effects: Readonly<Record<"ALLOW" | "DENY" | "AUDIT", Observer["effect"]>> = {
  ALLOW: "dry-run-allow",
  DENY: "dry-run-deny",
  AUDIT: "audit",
};

function lowerRule(rule: RuleSpec, context: Context): Condition {
  const of = (questions: readonly Question[]): Condition => all(questions.map((q) => answer(q, context)));
  const from = rule.from?.items.map(({ source }) => of(questionsOfSource(source)));
  const to = rule.to?.items.map(({ operation }) => of(questionsOfOperation(operation)));
  const when = rule.when?.items.map((condition) => {
    const question = questionOfCondition(condition);
    if (!question) throw new Error(`unchecked key ${condition.key.value}`);
    return answer(question, context);
  });
  return all([
    from ? any(from) : always,
    to ? any(to) : always,
    when ? all(when) : always,
    rule.condition ? lowerExpression(rule.condition, context.matchesUnknown) : always,
  ]);
}

function answer({ subject, values, notValues }: Question, context: Context): Condition {
  if (isAddress(subject)) return addressAnswer(subject, values, notValues, context);
  const matches = (list: NonNullable<Values>): Condition =>
    any(list.items.map(({ value }) => matchesValue(subject, value, context)));
  return all([values ? matches(values) : always, notValues ? not(matches(notValues)) : always]);
}

type TextSubject = Exclude<Subject, AddressSubject>;

function matchesValue(subject: TextSubject, value: string, { namespace }: Context): Condition {
  const principal = (predicate: Predicate): Condition => test({ kind: "principal" }, predicate);
  switch (subject.kind) {
    case "host":
      return test({ kind: "host" }, presencePredicate(value.replace(/[A-Z]/g, (c) => c.toLowerCase())));
    case "method":
      return test({ kind: "method" }, presencePredicate(value));
    case "header":
      return test({ kind: "header", name: subject.name }, presencePredicate(value));
    case "path":
      return test({ kind: "path" }, isTemplate(value) ? templatePredicate(value) : nonEmptyPredicate(value));
    case "port":
      return test({ kind: "destination-port" }, { kind: "exact", text: String(Number(value)) });
    case "sni":
      return test({ kind: "sni" }, nonEmptyPredicate(value));
    case "claim":
    case "metadata":
      return test(subject, nonEmptyPredicate(value));
    case "request-principal":
      return requestPrincipal(value);
    case "principal":
      return principal(principalPredicate(value));
    case "namespace":
      return principal(namespacePredicate(value));
    case "service-account":
      return principal(serviceAccountPredicate(value, namespace));
    case "trust-domain":
      return principal(trustDomainPredicate(value));
  }
}

/**
 * `ISSUER/SUBJECT`, parted at the last `/`, as issuers are URLs. One of the two takes the wildcard; without a `/`, a prefix
 * is one of the issuer and a suffix one of the subject.
 */
function requestPrincipal(value: string): Condition {
  const slash = value.lastIndexOf("/");
  const both = (issuer: Predicate, subject: Predicate): Condition =>
    all([test({ kind: "claim", path: ["iss"] }, issuer), test({ kind: "claim", path: ["sub"] }, subject)]);
  const pattern = patternOf(value);
  if (slash < 0) {
    if (pattern.kind === "exact") return both(exact(value), exact(""));
    const there: Predicate = { kind: "not-empty" };
    return pattern.kind === "suffix"
      ? both(there, nonEmptyPredicate(value))
      : both(nonEmptyPredicate(value), there);
  }
  const issuer = value.slice(0, slash);
  const subject = value.slice(slash + 1);
  if (pattern.kind === "suffix") return both(nonEmptyPredicate(issuer), exact(subject));
  if (pattern.kind !== "prefix") return both(exact(issuer), exact(subject));
  const begins = subject.slice(0, -1);
  return both(
    exact(issuer),
    begins === "" ? { kind: "not-empty" } : { kind: "prefix", text: byteString(begins) },
  );
}

/** For headers, hosts and methods `*` is presence: an empty value counts. */
function presencePredicate(value: string): Predicate {
  return value === "*" ? { kind: "present" } : nonEmptyPredicate(value);
}

/** Elsewhere `*` asks for a value that is not empty. */
function nonEmptyPredicate(value: string): Predicate {
  const pattern = patternOf(value);
  return pattern.kind === "any"
    ? { kind: "not-empty" }
    : { kind: pattern.kind, text: byteString(pattern.text) };
}

function templatePredicate(path: string): Predicate {
  const regex = parseTemplate(path);
  if (isFault(regex)) throw new Error(`unchecked template ${path}`);
  return { kind: "regex", regex };
}

function exact(text: string): Predicate {
  return { kind: "exact", text: byteString(text) };
}

/**
 * Where the proxy does not say an address, rules fail closed: one that lets in does not match, whichever of the two lists
 * it has, and one that refuses does.
 */
function addressAnswer(
  attribute: AddressSubject,
  values: Values,
  notValues: Values,
  { matchesUnknown }: Context,
): Condition {
  const known = test(attribute, { kind: "present" });
  const inside = (list: NonNullable<Values>): Condition =>
    any(
      list.items.map(({ value }) => {
        const block = parseBlock(value);
        if (typeof block === "string") throw new Error(`unchecked block ${value}`);
        return test(attribute, { kind: "in-block", block });
      }),
    );
  const positive = (list: NonNullable<Values>): Condition =>
    matchesUnknown ? any([not(known), inside(list)]) : inside(list);
  const negative = (list: NonNullable<Values>): Condition =>
    matchesUnknown ? not(inside(list)) : all([known, not(inside(list))]);
  return all([values ? positive(values) : always, notValues ? negative(notValues) : always]);
}
