// Why a request is decided as it is. The decision is the interpreter's own; what is said of each rule is looked up in the same
// conditions.
import { decisionWord, type DecisionWord } from "../engines/engine.ts";
import { celProperties } from "../engines/properties.ts";
import type { CelRequest } from "../cel/request.ts";
import type { KeysAt } from "../ir/authenticate.ts";
import { UNREADABLE } from "../ir/details.ts";
import type { Count } from "../ir/counts.ts";
import { interpret, LimitState, type Decision, type Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";
import { explainAuthentication } from "./authentication.ts";
import { explainAuthorization } from "./authorization.ts";
import type { Decided, Explanation, StageExplanation } from "./explanation.ts";
import { explainLimits } from "./limits.ts";
import { explainCrossOrigin, explainRouting } from "./routing.ts";

export interface ExplainOptions {
  /** What limits have counted so far, which is not changed. Default: nothing. */
  readonly state?: LimitState;
  /** What remote key sets hold. Default: signatures under them are taken for good. */
  readonly keysAt?: KeysAt;
}

/**
 * Explains what a program decides about a request at a time in nanoseconds since 1970. Pure, and cheap: each rule is looked at
 * about twice.
 *
 * @example
 * explain(target.program, request, BigInt(Date.now()) * 1_000_000n).decided.words
 */
export function explain(
  program: Program,
  given: Request,
  now: bigint,
  { state = new LimitState(), keysAt = () => "unchecked" }: ExplainOptions = {},
): Explanation {
  const properties = celProperties(given, now);
  const request: Request & CelRequest = { ...(properties && { properties }), ...given };
  const counted = (): LimitState => copyOf(state);
  const decision = interpret(program, request, now, counted(), keysAt);
  const assumed: string[] = [];
  const stages: StageExplanation[] = [];
  const all = isUnreadable(decision) ? [] : stagesOf(program, request, now, counted, keysAt, assumed);
  let answering: StageExplanation | undefined;
  for (const stage of all) {
    // What routing answers, all of routing decides.
    const reached = !answering || (answering.stage === "routing" && stage.stage === "routing");
    stages.push(reached ? stage : { ...stage, verdict: "not-reached", words: "not reached", rules: [] });
    if (stage.verdict === "answers") answering ??= stage;
  }
  const word = wordOf(decision);
  return { program, request: given, word, decision, decided: decidedBy(decision, stages), stages, assumed };
}

function wordOf(decision: Decision): DecisionWord {
  if (decision.kind === "forward") return "allow";
  const { status, body, details } = decision;
  return decisionWord({ kind: "answer", status, body, details, headers: [] });
}

function isUnreadable(decision: Decision): boolean {
  return decision.kind === "refuse" && decision.details === UNREADABLE;
}

/** All stages, whether or not a request gets there. */
function stagesOf(
  program: Program,
  request: Request,
  now: bigint,
  counted: () => LimitState,
  keysAt: KeysAt,
  assumed: string[],
): StageExplanation[] {
  const known = explainAuthentication(program, request, now, keysAt);
  const seen = known?.seen ?? request;
  for (const { keys } of known?.unchecked ?? []) {
    if (keys.kind === "remote")
      assumed.push(`the token's signature is good: it is not checked, as its keys are at ${keys.authority}`);
  }
  return [
    explainCrossOrigin(program, request),
    explainLimits(program, "before-authentication", request, now, counted()),
    known?.stage,
    explainAuthorization(program.authorization, seen),
    explainLimits(program, "after-authorization", seen, now, counted()),
    ...explainRouting(program, seen),
  ].filter((stage) => stage !== undefined);
}

/** What the decision itself says. */
function decidedBy(decision: Decision, stages: readonly StageExplanation[]): Decided {
  if (isUnreadable(decision))
    return {
      stage: "request",
      words: "there are more values of headers than a filter looks at, or a pseudo header twice",
    };
  if (decision.kind === "refuse") {
    const stage = stages.find(({ verdict }) => verdict === "answers");
    if (!stage) return { stage: "request", words: `it is answered with ${decision.details}` };
    const rule = stage.rules.find(({ state }) => state === "decides");
    return { stage: stage.stage, ...(rule && { rule }), words: stage.words };
  }
  const stage = stages.find((one) => one.stage === "authorization");
  if (!stage) return { stage: "authorization", words: "nothing refuses it" };
  const rule = stage.rules.find(({ state }) => state === "decides");
  return { stage: "authorization", ...(rule && { rule }), words: stage.words };
}

/** What limits have counted, from which nothing can be taken. */
function copyOf({ counts }: LimitState): LimitState {
  const copy = new LimitState();
  for (const [key, list] of counts) {
    const still = list.map((count): Count => ({
      wait: (cost, now) => count.wait(cost, now),
      left: (now) => count.left(now),
      reset: (now) => count.reset(now),
      take: () => undefined,
      giveBack: () => undefined,
    }));
    copy.counts.set(key, still);
  }
  return copy;
}
