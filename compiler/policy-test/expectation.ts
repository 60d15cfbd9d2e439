// Expectations that nothing can meet.
import type { DecisionWord } from "../engines/index.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import type { Origin, Program } from "../ir/program.ts";
import type { Located } from "../source/span.ts";
import type { Expectation } from "./schema.ts";

/** Reports what contradicts itself, whatever the policies say. `upstreamStatus`: what the upstream answers. */
export function checkExpectation(
  expect: Expectation,
  upstreamStatus: number,
  diagnostics: Diagnostics,
): void {
  const { decision, status, backend, headers, body, grpcStatus } = expect;
  // What is there and unknown was reported.
  for (const { keys, span } of [expect, headers, headers?.request, headers?.response].flatMap(
    (one) => one ?? [],
  )) {
    if (keys.size > 0) continue;
    diagnostics.error("impossible-expectation", "nothing is expected", {
      span,
      help: "say at least what becomes of the request: `{ decision: allow }`",
    });
  }
  const impossible = (at: Located<unknown>, message: string, help: string): void =>
    diagnostics.error("impossible-expectation", message, { span: at.span, help });
  if (decision?.value === "allow") {
    if (status && status.value !== upstreamStatus)
      impossible(
        status,
        `a request that is allowed has the upstream's status, which is ${upstreamStatus} here`,
        `expect another decision, or let the upstream answer ${status.value}: \`response: { status: ${status.value} }\` beside \`expect\``,
      );
    if (body) impossible(body, "the answer to an allowed request is the upstream's", "leave `body` out");
    if (grpcStatus)
      impossible(
        grpcStatus,
        "the answer to an allowed request is the upstream's",
        "leave `grpcStatus` out, or expect another decision",
      );
  } else if (decision) {
    if (backend)
      impossible(
        backend,
        `a request of the decision \`${decision.value}\` goes to no backend`,
        "leave `backend` out",
      );
    if (headers?.request)
      impossible(
        { value: 0, span: headers.request.span },
        `of a request of the decision \`${decision.value}\` the upstream gets nothing`,
        "leave `request` out, or look at the answer: `response`",
      );
    if (status && !fits(decision.value, status.value))
      impossible(
        status,
        `an answer of the decision \`${decision.value}\` cannot have the status ${status.value}`,
        STATUSES[decision.value],
      );
  }
}

/** gRPC's answers have 200, whatever they say. */
function fits(decision: Exclude<DecisionWord, "allow">, status: number): boolean {
  switch (decision) {
    case "redirect":
      return status >= 300 && status < 400;
    case "preflight":
      return status === 204;
    case "not-found":
      return status === 404 || status === 200;
    case "deny":
    case "limit":
    case "refuse":
      return status === 200 || status >= 400;
  }
}

const STATUSES: Readonly<Record<Exclude<DecisionWord, "allow">, string>> = {
  redirect: "redirects have 301, 302, 303, 307 or 308",
  preflight: "these answers have 204",
  "not-found": "what no route takes is answered 404",
  deny: "refusals have 400 and above, of gRPC 200",
  limit: "refusals have 400 and above, of gRPC 200",
  refuse: "refusals have 400 and above, of gRPC 200",
};

/** Reports expectations of what the policies do not have. */
export function checkAgainst(program: Program, expect: Expectation, diagnostics: Diagnostics): void {
  const { decision, backend } = expect;
  const named = namedIn(expect);
  for (const { policy, part, at, partAt } of named) {
    const origins = partsOf(program, policy);
    if (origins === undefined) {
      const known = program.policies.map(({ name }) => name);
      const label = didYouMean(policy, [...known, ...known.map(shortName)]);
      diagnostics.error("unknown-policy", `there is no policy \`${policy}\` here`, {
        span: at.span,
        ...(label && { label }),
        help: `the policies are ${listed(known)}`,
      });
    } else if (part !== undefined && !origins.includes(part)) {
      const label = didYouMean(part, origins);
      diagnostics.error("unknown-rule", `the policy \`${policy}\` has no \`${part}\` that could decide`, {
        span: partAt.span,
        ...(label && { label }),
        help: origins.length === 0 ? "it decides nothing" : `it has ${listed(origins)}`,
      });
    }
  }
  const clusters = program.backends.map(({ cluster }) => cluster);
  if (backend && !clusters.includes(backend.value)) {
    const label = didYouMean(backend.value, clusters);
    diagnostics.error("impossible-expectation", `no policy chooses a backend \`${backend.value}\``, {
      span: backend.span,
      ...(label && { label }),
      help:
        clusters.length === 0
          ? "the policies choose none: leave `backend` out"
          : `the backends are ${listed(clusters)}`,
    });
  }
  const missing = decision && missingFor(decision.value, program);
  if (decision && missing !== undefined) {
    diagnostics.error(
      "impossible-expectation",
      `nothing here can come to the decision \`${decision.value}\`: there is no ${missing}`,
      {
        span: decision.span,
        help: "expect another decision, or look whether `policies` names the right ones",
      },
    );
  }
}

/** What a program lacks for a decision. */
function missingFor(decision: DecisionWord, program: Program): string | undefined {
  const { authentication, authorization, limits, httpRoutes } = program;
  switch (decision) {
    case "deny":
      return authentication || authorization.deny.length > 0 || authorization.anyAllowPolicy
        ? undefined
        : "policy that refuses anything";
    case "limit":
      return limits.some(({ shadow }) => !shadow) ? undefined : "rate limit that refuses anything";
    case "redirect":
      return httpRoutes?.rules.some(({ action }) => action.kind === "redirect") === true
        ? undefined
        : "route that redirects";
    case "preflight":
      return httpRoutes?.rules.some(({ cors }) => cors) === true
        ? undefined
        : "route with cross-origin rules";
    case "not-found":
      return httpRoutes ? undefined : "HTTPRoute";
    case "allow":
    case "refuse":
      return undefined;
  }
}

interface Named {
  readonly policy: string;
  readonly part?: string;
  readonly at: Located<string>;
  /** Where the part stands. */
  readonly partAt: Located<string>;
}

/** The policies and rules that an expectation speaks of. */
function namedIn({ reason, policy, rule }: Expectation): Named[] {
  const named: Named[] = [];
  if (reason && !isDetails(reason.value))
    named.push({ ...splitReason(reason.value), at: reason, partAt: reason });
  if (policy)
    named.push({
      policy: policy.value,
      at: policy,
      partAt: rule ?? policy,
      ...(rule && { part: rule.value }),
    });
  return named;
}

/** Whether a reason is in the words of response-code details. */
export function isDetails(reason: string): boolean {
  return reason.startsWith("tollgate:");
}

/** `shop/never/rules[0]` is the policy `shop/never` and its part `rules[0]`. */
export function splitReason(reason: string): { readonly policy: string; readonly part?: string } {
  const slash = reason.lastIndexOf("/");
  const part = reason.slice(slash + 1);
  if (slash < 0 || !/^(rules|jwtRules|limits)[.[]/.test(part)) return { policy: reason };
  return { policy: reason.slice(0, slash), part };
}

/** Whether a name, with or without its namespace, is a policy's. `full`: `namespace/name`. */
export function isNamed(full: string, name: string): boolean {
  return full === name || shortName(full) === name;
}

function shortName(full: string): string {
  return full.slice(full.indexOf("/") + 1);
}

/** The parts of a policy that can decide; undefined where there is no such policy. */
function partsOf(program: Program, policy: string): string[] | undefined {
  if (!program.policies.some(({ name }) => isNamed(name, policy))) return undefined;
  const origins: readonly Origin[] = [
    ...(program.authentication?.rules ?? []),
    ...program.authorization.deny,
    ...program.authorization.allow,
    ...program.limits,
    ...(program.httpRoutes?.rules ?? []),
    ...program.routes.flatMap(({ rules }) => rules),
  ].map(({ origin }) => origin);
  const parts = origins.filter((origin) => isNamed(origin.policy, policy)).map(({ part }) => part);
  const names = program.routes.flatMap(({ rules }) =>
    rules.flatMap(({ origin, name }) => (isNamed(origin.policy, policy) ? [name] : [])),
  );
  return [...new Set([...parts, ...names])];
}

function listed(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `\`${name}\``).join(", ");
}
