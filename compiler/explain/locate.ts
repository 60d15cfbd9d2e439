// From response-code details, as access logs have them, back to the rule that wrote them.
import {
  CHANGE_REFUSED,
  detailsOf,
  NO_MEMORY,
  NO_ROUTE,
  NO_RULE_MATCHED,
  NO_TOKEN_RULE,
  NO_VALUES,
  TOKEN_CHANGE_REFUSED,
  UNREADABLE,
  type Stage,
} from "../ir/details.ts";
import type { Origin, Program } from "../ir/program.ts";

/** What some details say. */
export interface Located {
  /** As the filter wrote them. */
  readonly details: string;
  /** In one sentence, without a full stop. */
  readonly words: string;
  /** The rule that answered; of details that name none, the rules that it was about. */
  readonly rules: readonly Origin[];
}

/** The details in a text, which may be a whole line of a log; undefined where there are none of Tollgate's. */
export function detailsIn(text: string): string | undefined {
  return /tollgate:[a-z-]+:[^\s"'`,;]+/.exec(text)?.[0];
}

/** The rules that details may name, with their details. */
export function* namedIn(program: Program): Iterable<{ readonly stage: Stage; readonly origin: Origin }> {
  const { authentication, authorization, limits, httpRoutes } = program;
  for (const { origin } of authentication?.rules ?? []) yield { stage: "authentication", origin };
  for (const { origin } of authorization.deny) yield { stage: "authorization", origin };
  for (const { origin } of limits) yield { stage: "rate-limiting", origin };
  for (const { origin, cors } of httpRoutes?.rules ?? []) {
    yield { stage: "routing", origin };
    if (cors) yield { stage: "cors", origin };
  }
}

/** What the details in a text say of a program; undefined where it has no such rule. */
export function locate(program: Program, text: string): Located | undefined {
  let found: { readonly stage: Stage; readonly origin: Origin; readonly details: string } | undefined;
  for (const { stage, origin } of namedIn(program)) {
    // Proxies write white space in details as `_`.
    const details = detailsOf(stage, origin).replace(/\s/g, "_");
    if (text.includes(details) && details.length > (found?.details.length ?? 0))
      found = { stage, origin, details };
  }
  if (found) return { details: found.details, words: answerWords[found.stage], rules: [found.origin] };
  const details = detailsIn(text);
  const words = details === undefined ? undefined : withoutRule[details];
  if (details === undefined || words === undefined) return undefined;
  return { details, words, rules: rulesAbout(details, program) };
}

const answerWords: Readonly<Record<Stage, string>> = {
  cors: "a browser's preflight was answered by the cross-origin rules of this route",
  authentication: "a token was refused by this rule, or its keys were not there",
  authorization: "the request was refused by this DENY rule",
  "rate-limiting": "this limit had no room for the request",
  routing: "the request was answered by this route: redirected, or there was no backend",
};

const withoutRule: Readonly<Record<string, string>> = {
  [NO_TOKEN_RULE]: "a token was refused that is none, or whose issuer no rule names",
  [NO_RULE_MATCHED]: "no ALLOW rule matched, and one has to where there is an ALLOW policy",
  [NO_ROUTE]: "no HTTPRoute matched, and no routing policy named a backend",
  [UNREADABLE]: "the request had more values of the headers that policies look at than there is room for",
  [NO_MEMORY]: "there was no memory to remember the request by for its limits",
  [NO_VALUES]: "there was no memory to remember the request by",
  [CHANGE_REFUSED]: "the proxy refused to change a header as a route asks",
  [TOKEN_CHANGE_REFUSED]: "the proxy refused to change a header as a token's rule asks",
};

function rulesAbout(details: string, { authentication, authorization }: Program): Origin[] {
  if (details === NO_TOKEN_RULE) return (authentication?.rules ?? []).map(({ origin }) => origin);
  return details === NO_RULE_MATCHED ? authorization.allow.map(({ origin }) => origin) : [];
}
