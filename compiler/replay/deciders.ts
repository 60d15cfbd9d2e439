// Which rule decided about a request of a log: what its differences are grouped by. Asked only of requests that are decided
// differently.
import { stageOf } from "../engines/index.ts";
import { explainAuthentication } from "../explain/authentication.ts";
import { locate } from "../explain/index.ts";
import { NO_ROUTE, NO_RULE_MATCHED, NO_TOKEN_RULE, UNREADABLE } from "../ir/details.ts";
import { holds, type Request } from "../ir/interpret.ts";
import type { Origin, Program } from "../ir/program.ts";
import { chosenArm } from "../ir/routes.ts";
import type { Ending } from "./decided.ts";

export interface Decider {
  /** Such as `DENY shop/never rules[0]`. */
  readonly words: string;
  /** Where it stands, of a single rule. */
  readonly origin?: Origin;
}

/** @param other how the request ended in the other version: what let it pass here is what stood against it there */
export function deciderOf(
  program: Program,
  request: Request,
  at: bigint,
  ending: Ending,
  other: Ending,
): Decider {
  if (ending.kind === "answer") return answering(program, ending.details ?? "");
  const stage = other.kind === "answer" ? stageOf(other.details ?? "") : "routing";
  if (stage === "rate-limiting") return { words: "limits have room" };
  const seen = explainAuthentication(program, request, at, () => undefined)?.seen ?? request;
  if (stage === "authentication") return { words: "no token is refused" };
  if (stage === "authorization" || stage === "request") return allowing(program, seen);
  return routing(program, seen, ending);
}

function answering(program: Program, details: string): Decider {
  const words = WORDS[details];
  if (words !== undefined) return { words };
  const [origin] = locate(program, details)?.rules ?? [];
  const role = ROLES[stageOf(details) ?? ""];
  return origin && role !== undefined
    ? { words: `${role} ${origin.policy} ${origin.part}`, origin }
    : { words: details };
}

const ROLES: Readonly<Record<string, string>> = {
  authentication: "token",
  authorization: "DENY",
  "rate-limiting": "limit",
  routing: "route",
  cors: "cors",
};

const WORDS: Readonly<Record<string, string>> = {
  [NO_RULE_MATCHED]: "no ALLOW rule matches",
  [NO_TOKEN_RULE]: "a token that no rule accepts",
  [NO_ROUTE]: "no HTTPRoute matches",
  [UNREADABLE]: "too many headers",
  path_normalization_failed: "the listener refuses the path",
};

function allowing({ authorization: { allow, anyAllowPolicy } }: Program, request: Request): Decider {
  const rule = anyAllowPolicy ? allow.find(({ when }) => holds(when, request)) : undefined;
  if (rule) return { words: `ALLOW ${rule.origin.policy} ${rule.origin.part}`, origin: rule.origin };
  return { words: "no rule refuses it" };
}

function routing({ httpRoutes, routes }: Program, request: Request, { cluster }: Ending): Decider {
  const http = httpRoutes?.rules.find(({ when }) => holds(when, request));
  const chosen = routes.flatMap(({ rules }) => rules.find(({ when }) => holds(when, request)) ?? []);
  const words = [
    ...(http ? [`route ${http.origin.policy} ${http.origin.part}`] : []),
    ...chosen.map(({ origin, split }) => {
      const arm = split && chosenArm(split, request);
      return `rule ${origin.policy} ${origin.part}${arm ? ` arm ${arm.name}` : ""}`;
    }),
  ];
  const origin = chosen.at(-1)?.origin ?? http?.origin;
  const to = cluster === undefined ? "" : ` to ${cluster}`;
  return { words: (words.length > 0 ? words.join(", ") : "no routing rule") + to, ...(origin && { origin }) };
}
