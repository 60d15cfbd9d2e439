// Which road a request takes: the HTTPRoute rule that wins, and what routing policies add.
import { asPreflight, chosenArm, chosenBackend, crossOrigin, route, stickyBytes } from "../ir/routes.ts";
import { holds, valuesOf, type Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";
import type { HttpRouteRule, HttpRoutes, RoutePolicy, RouteRule, Split } from "../ir/routing.ts";
import type { RuleExplanation, StageExplanation } from "./explanation.ts";
import { findingsOf } from "./findings.ts";
import { quoted, subjectWords } from "./words.ts";

/** Cross-origin rules; undefined where there are none, or the request comes from nowhere else. */
export function explainCrossOrigin(program: Program, request: Request): StageExplanation | undefined {
  const rules = program.httpRoutes?.rules ?? [];
  const origins = valuesOf({ kind: "header", name: "origin" }, request);
  if (origins.length === 0 || !rules.some(({ cors }) => cors)) return undefined;
  const { answer, response } = crossOrigin(program, request);
  const { headers } = request;
  const asks = headers.some(([name]) => name === "access-control-request-method");
  const options = headers.some(([name, value]) => name === ":method" && value === "OPTIONS");
  const preflight = asks && options;
  const rule = rules.find(({ when }) => holds(preflight ? asPreflight(when) : when, request));
  const allowed = answer ? (answer.headers ?? []).length > 0 : response.some(({ op }) => op === "set");
  const words = answer
    ? `a preflight, answered here: the origin is ${allowed ? "" : "not "}allowed`
    : preflight
      ? "a preflight that no cross-origin rule answers"
      : !rule?.cors
        ? "no cross-origin rule is about it"
        : `the response will say that the origin is ${allowed ? "" : "not "}allowed`;
  return {
    stage: "cors",
    verdict: answer ? "answers" : "passes",
    words,
    rules: rule?.cors
      ? [
          {
            origin: rule.origin,
            role: "cors",
            state: answer ? "decides" : "matches",
            findings: findingsOf(rule.cors.allows, request),
            notes: [],
          },
        ]
      : [],
  };
}

/** HTTPRoutes, and each routing policy. */
export function explainRouting(program: Program, request: Request): StageExplanation[] {
  const { httpRoutes, routes } = program;
  const answers = route(program, request).kind === "answer";
  const redirects = httpRoutes?.rules.find((rule) => holds(rule.when, request))?.action.kind === "redirect";
  return [
    ...(httpRoutes ? [explainHttpRoutes(httpRoutes, request, answers)] : []),
    ...routes.map((policy): StageExplanation =>
      redirects
        ? { stage: "routing", policy: policy.policy, verdict: "not-reached", words: "not reached", rules: [] }
        : explainRoutePolicy(policy, request),
    ),
  ];
}

function explainHttpRoutes(httpRoutes: HttpRoutes, request: Request, answers: boolean): StageExplanation {
  const winner = httpRoutes.rules.find((rule) => holds(rule.when, request));
  const rules = httpRoutes.rules.map((rule): RuleExplanation => {
    const matches = rule === winner || holds(rule.when, request);
    return {
      origin: rule.origin,
      role: "route",
      state: rule === winner ? "decides" : matches ? "matches" : "fails",
      findings: findingsOf(rule.when, request),
      notes: rule === winner ? actionWords(rule, request) : matches ? ["another has precedence"] : [],
    };
  });
  const others = rules.filter(({ state }) => state === "matches").length;
  return {
    stage: "routing",
    verdict: answers ? "answers" : "passes",
    words: winner
      ? others > 0
        ? `the rule with the highest precedence of ${others + 1} that match`
        : "one rule matches"
      : "no HTTPRoute matches",
    rules,
  };
}

function actionWords({ action }: HttpRouteRule, request: Request): string[] {
  if (action.kind === "redirect") return [`redirects with ${action.status}`];
  const { backends } = action;
  if (backends.length === 0) return ["it has no backend"];
  const chosen = chosenBackend(action, request);
  const name = chosen?.cluster === undefined ? "a backend that is not there" : quoted(chosen.cluster);
  if (backends.length === 1) return [`backend ${name}`];
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  const [id] = valuesOf({ kind: "header", name: "x-request-id" }, request);
  const by =
    id === undefined
      ? "by no `x-request-id`: proxies write one"
      : `by header \`x-request-id\` (${quoted(id)})`;
  return [`backend ${name}, ${chosen?.weight ?? 0} of ${total}, ${by}`];
}

function explainRoutePolicy({ policy, rules }: RoutePolicy, request: Request): StageExplanation {
  const winner = rules.find((rule) => holds(rule.when, request));
  return {
    stage: "routing",
    policy,
    verdict: "passes",
    words: winner
      ? `rule ${quoted(winner.name)} is the first that matches`
      : "no rule matches: nothing is changed",
    rules: rules.map((rule): RuleExplanation => {
      const matches = rule === winner || holds(rule.when, request);
      return {
        origin: rule.origin,
        role: "rule",
        ...(rule.name !== rule.origin.part && { name: rule.name }),
        state: rule === winner ? "decides" : matches ? "matches" : "fails",
        findings: findingsOf(rule.when, request),
        notes:
          rule === winner
            ? chosenWords(rule, request)
            : matches
              ? ["an earlier rule of the policy matches"]
              : [],
      };
    }),
  };
}

function chosenWords({ split, backend }: RouteRule, request: Request): string[] {
  const own = backend === undefined ? [] : [`backend ${quoted(backend)}`];
  if (!split) return own;
  const arm = chosenArm(split, request);
  if (!arm) return own;
  const total = split.arms.reduce((sum, { weight }) => sum + weight, 0);
  return [
    ...own,
    `arm ${quoted(arm.name)}, ${arm.weight} of ${total}, by ${stickyWords(split, request)}`,
    ...(arm.backend === undefined ? [] : [`backend ${quoted(arm.backend)}`]),
  ];
}

function stickyWords({ stickyBy }: Split, request: Request): string {
  const key = stickyBy.find((one) => stickyBytes(one, request) !== undefined);
  if (!key) return `header \`x-request-id\`, since no sticky key is there`;
  return key.kind === "peer"
    ? `the peer's address (${quoted(request.peer ?? "")})`
    : `${subjectWords(key)} (${quoted(valuesOf(key, request)[0] ?? "")})`;
}
