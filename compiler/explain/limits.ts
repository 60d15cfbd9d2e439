// Which rate limits count a request, by which key, and what is left of them.
import { detailsOf } from "../ir/details.ts";
import { holds, type LimitState, type Request } from "../ir/interpret.ts";
import { keyOf } from "../ir/limit-keys.ts";
import { askLimit, limit } from "../ir/limits.ts";
import type { KeyPart, Limit, Program } from "../ir/program.ts";
import type { RuleExplanation, StageExplanation } from "./explanation.ts";
import { findingsOf } from "./findings.ts";
import { blockWords, listed, quoted, subjectWords } from "./words.ts";

/** The limits of a phase; undefined where there is none. Takes nothing that `state` would keep. */
export function explainLimits(
  program: Program,
  phase: Limit["phase"],
  request: Request,
  now: bigint,
  state: LimitState,
): StageExplanation | undefined {
  const limits = program.limits.filter((l) => l.phase === phase);
  if (limits.length === 0) return undefined;
  const rules = limits.map((l) => explainLimit(l, request, now, state));
  const { refusal } = limit(program, phase, request, now, state);
  const counting = rules.filter(({ state }) => state !== "fails").length;
  return {
    stage: "rate-limiting",
    verdict: refusal ? "answers" : "passes",
    words: refusal ? "a limit has no room" : counting === 0 ? "no limit counts it" : "there is room",
    rules: rules.map((rule) =>
      refusal && refusal.details === detailsOf("rate-limiting", rule.origin)
        ? { ...rule, state: "decides" }
        : rule,
    ),
  };
}

function explainLimit(l: Limit, request: Request, now: bigint, state: LimitState): RuleExplanation {
  const counts = holds(l.when, request);
  const findings = l.when.op === "constant" ? [] : findingsOf(l.when, request);
  return {
    origin: l.origin,
    role: l.shadow ? "limit (shadow)" : "limit",
    name: l.name,
    state: counts ? "matches" : "fails",
    findings,
    notes: counts ? [keyWords(l, request), ...roomWords(l, request, now, state)] : [],
  };
}

function keyWords(l: Limit, request: Request): string {
  if (l.key.length === 0) return "all requests share one key";
  const parts = keyOf(l, request);
  return `counted by ${listed(
    l.key.map((part, i) => `${partWords(part)} ${valueWords(part, parts[i])}`),
    "and",
  )}`;
}

function partWords(part: KeyPart): string {
  switch (part.kind) {
    case "peer":
      return part.hops > 0 ? `the address ${part.hops} hops away` : "the peer's address";
    case "cel":
      return `\`${part.expression.text}\``;
    case "header":
    case "host":
    case "query":
    case "cookie":
    case "claim":
    case "path":
      return subjectWords(part);
  }
}

function valueWords(part: KeyPart, value: unknown): string {
  if (value === null)
    return part.kind === "peer" ? "(unknown: all such share a key)" : "(errs: all such share a key)";
  if (value === "repeated") return "(repeated: all such share a key)";
  if (part.kind === "peer" && Array.isArray(value)) {
    const [family, network] = value as [4 | 6, string];
    const bits = family === 4 ? part.v4Bits : part.v6Bits;
    return `(${blockWords({ family, network: BigInt(network), bits })})`;
  }
  if (Array.isArray(value))
    return value.length === 0
      ? "(absent: all such share a key)"
      : `(${listed((value as string[]).map(quoted), "and")})`;
  return `(${quoted(typeof value === "string" ? value : `${value as bigint}`)})`;
}

function roomWords(l: Limit, request: Request, now: bigint, state: LimitState): string[] {
  const { counts, cost, wait } = askLimit(l, request, now, state);
  const told =
    l.cost.kind === "response-header" ? [`it costs what the response says in ${quoted(l.cost.name)}`] : [];
  const costs = cost === 1n ? [] : [`it costs ${cost}`];
  const left = l.rates.map((rate, i) => `${counts[i]?.left(now) ?? 0n} left of ${rate.words}`);
  const room = wait === 0n ? "" : ", too little";
  return [...told, ...costs, `${listed(left, "and")}${room}`];
}
