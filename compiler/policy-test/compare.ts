// Expected against got.
import { valuesOf } from "../engines/outcome.ts";
import { decisionWord, type Headers, type Outcome } from "../engines/index.ts";
import { byteString } from "../http/header-syntax.ts";
import { unicode } from "../requests/write.ts";
import { isDetails, isNamed, splitReason } from "./expectation.ts";
import type { Expectation, FieldsExpectation } from "./schema.ts";

/** One thing that is not as expected; absent: there is none. */
export interface Difference {
  /** Such as `status`, or `request header x-user`. */
  readonly what: string;
  readonly expected: string | undefined;
  readonly got: string | undefined;
}

/** A rule that had a say: `namespace/name`, the part of it, and the author's name of that. */
export interface Decider {
  readonly policy: string;
  readonly part: string;
  readonly name?: string | undefined;
}

/**
 * What is not as expected; nothing: all is. `deciders`: the rules that let an allowed request pass and chose its way; asked for
 * only where that matters.
 */
export function differences(
  expect: Expectation,
  outcome: Outcome,
  deciders: () => readonly Decider[],
): Difference[] {
  const found: Difference[] = [];
  const same = (what: string, expected: string | undefined, got: string | undefined): void => {
    if (expected !== undefined && expected !== got) found.push({ what, expected, got });
  };
  const answered = outcome.kind === "answer";
  same("decision", expect.decision?.value, decisionWord(outcome));
  same("status", expect.status && String(expect.status.value), statusOf(outcome));
  if (answered) same("grpcStatus", expect.grpcStatus && String(expect.grpcStatus.value), grpcOf(outcome));
  else same("grpcStatus", expect.grpcStatus && String(expect.grpcStatus.value), undefined);
  found.push(...reasons(expect, outcome, deciders));
  same("backend", expect.backend?.value, answered ? undefined : outcome.cluster && unicode(outcome.cluster));
  if (expect.body) same("body", expect.body.value, answered ? unicode(outcome.body) : undefined);
  const { headers } = expect;
  if (!headers) return found;
  const request = answered ? [] : outcome.request;
  const response = answered ? outcome.headers : outcome.response;
  const { set, absent } = headers;
  found.push(
    ...fields(answered ? "response" : "request", { set, absent }, answered ? response : request),
    ...(headers.request ? fields("request", headers.request, request) : []),
    ...(headers.response ? fields("response", headers.response, response) : []),
  );
  return found;
}

/** The status that the client sees. */
export function statusOf(outcome: Outcome): string {
  return outcome.kind === "answer"
    ? String(outcome.status)
    : (valuesOf(":status", outcome.response)[0] ?? "none");
}

function grpcOf(outcome: Extract<Outcome, { kind: "answer" }>): string | undefined {
  return outcome.grpcStatus === undefined ? undefined : String(outcome.grpcStatus);
}

function reasons(
  { reason, policy, rule }: Expectation,
  outcome: Outcome,
  deciders: () => readonly Decider[],
): Difference[] {
  if (!reason && !policy && !rule) return [];
  const details = outcome.kind === "answer" ? outcome.details : undefined;
  const said = details === undefined ? deciders() : deciderIn(details);
  const found: Difference[] = [];
  const got = said.map(({ policy: by, part }) => `${by}/${part}`).join(", ") || details;
  if (reason && isDetails(reason.value)) {
    if (reason.value !== details) found.push({ what: "reason", expected: reason.value, got: details ?? got });
  } else if (reason) {
    const wanted = splitReason(reason.value);
    if (!said.some((decider) => fits(decider, wanted.policy, wanted.part)))
      found.push({ what: "reason", expected: reason.value, got });
  }
  if (policy && !said.some((decider) => fits(decider, policy.value, rule?.value)))
    found.push({
      what: rule ? "policy and rule" : "policy",
      expected: wordsOf(policy.value, rule?.value),
      got,
    });
  else if (rule && !policy && !said.some((decider) => isPart(decider, rule.value)))
    found.push({ what: "rule", expected: rule.value, got });
  return found;
}

function wordsOf(policy: string, rule: string | undefined): string {
  return rule === undefined ? policy : `${policy}/${rule}`;
}

function fits(decider: Decider, policy: string, part: string | undefined): boolean {
  return isNamed(decider.policy, policy) && (part === undefined || isPart(decider, part));
}

function isPart({ part, name }: Decider, wanted: string): boolean {
  return part === wanted || name === wanted;
}

/** The rule that response-code details name. */
export function deciderIn(details: string): Decider[] {
  const [, policy, part] = /^tollgate:[a-z-]+:([^:]+\/[^:]+):(.+)$/s.exec(details) ?? [];
  return policy === undefined || part === undefined ? [] : [{ policy, part }];
}

function fields(
  side: "request" | "response",
  { set, absent }: Pick<FieldsExpectation, "set" | "absent">,
  headers: Headers,
): Difference[] {
  const found: Difference[] = [];
  const values = (name: string): string | undefined => {
    const all = valuesOf(name.toLowerCase(), headers).map(unicode);
    return all.length === 0 ? undefined : all.join(" | ");
  };
  for (const { name, item } of set?.items ?? []) {
    const expected = item.map(({ value }) => unicode(byteString(value))).join(" | ");
    const got = values(name.value);
    if (expected !== got) found.push({ what: `${side} header ${name.value}`, expected, got });
  }
  for (const { value } of absent?.items ?? []) {
    const got = values(value);
    if (got !== undefined) found.push({ what: `${side} header ${value}`, expected: undefined, got });
  }
  return found;
}
