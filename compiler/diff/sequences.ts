// Requests in a row that show that a limit has changed.
import { interpreterEngine, type Outcome, type SynchronousEngine } from "../engines/index.ts";
import type { Request } from "../ir/interpret.ts";
import type { Limit, Program } from "../ir/program.ts";
import { canonical } from "./canonical.ts";
import type { Sides, Step } from "./change.ts";
import { differ } from "./outcomes.ts";
import { START } from "./trial.ts";
import { without } from "./without.ts";

/** More in a row nobody would follow. */
const MOST_REQUESTS = 10_000;
const SECOND = 1_000_000_000n;

/**
 * How many of a request it takes until one version refuses and the other does not, or answers otherwise; where both refuse the
 * same one, when one of them has room again. Undefined where nothing of that is seen.
 */
export function stepsThatShow(
  request: Request,
  limits: Sides<Limit | undefined>,
  programs: Sides<Program>,
): readonly Step[] | undefined {
  const engines = {
    old: interpreterEngine(alone(programs.old, limits.old)),
    new: interpreterEngine(alone(programs.new, limits.new)),
  };
  const steps = (times: number): Step[] => [{ request, times, after: 0n }];
  let told: readonly Step[] | undefined;
  for (let times = 1; times <= MOST_REQUESTS; times++) {
    const outcomes = both(engines, request, START);
    const refused = [outcomes.old, outcomes.new].filter(({ kind }) => kind === "answer").length;
    if (refused === 1 || differ(outcomes.old, outcomes.new)) return steps(times);
    if (refused === 2) return roomAgain(request, times, outcomes, engines) ?? told;
    if (!told && canonical(outcomes.old) !== canonical(outcomes.new)) told = steps(times);
  }
  return told;
}

/** Nothing but the one limit. */
function alone(program: Program, limit: Limit | undefined): Program {
  return {
    ...without(program, "authentication", "httpRoutes", "rateLimitService"),
    authorization: { deny: [], allow: [], anyAllowPolicy: false, observers: [] },
    limits: limit ? [limit] : [],
    routes: [],
  };
}

function both(engines: Sides<SynchronousEngine>, request: Request, at: bigint): Sides<Outcome> {
  return { old: engines.old.decide(request, at), new: engines.new.decide(request, at) };
}

/** The versions ask to come again at different times: at the earlier one of them has room. */
function roomAgain(
  request: Request,
  times: number,
  outcomes: Sides<Outcome>,
  engines: Sides<SynchronousEngine>,
): readonly Step[] | undefined {
  const waits = [outcomes.old, outcomes.new].map(retryAfter);
  const wait = waits.reduce<bigint | undefined>(
    (a, b) => (a === undefined || (b !== undefined && b < a) ? b : a),
    undefined,
  );
  if (wait === undefined) return undefined;
  const later = both(engines, request, START + wait * SECOND);
  if ((later.old.kind === "answer") === (later.new.kind === "answer")) return undefined;
  return [
    { request, times, after: 0n },
    { request, times: 1, after: wait * SECOND },
  ];
}

function retryAfter(outcome: Outcome): bigint | undefined {
  if (outcome.kind !== "answer") return undefined;
  const value = outcome.headers.find(([name]) => name === "retry-after")?.[1];
  return value === undefined ? undefined : BigInt(value);
}
