// Requests in a row that show that a limit has changed.
import { interpreterEngine, type Outcome, type SynchronousEngine } from "../engines/index.ts";
import type { Request } from "../ir/interpret.ts";
import type { KeyPart, Limit, Program } from "../ir/program.ts";
import { canonical } from "./canonical.ts";
import type { Sides, Step } from "./change.ts";
import { withValue } from "./keys.ts";
import { differ } from "./outcomes.ts";
import { START } from "./trial.ts";
import { without } from "./without.ts";

/** More in a row nobody would follow. */
const MOST_REQUESTS = 10_000;
const SECOND = 1_000_000_000n;

/**
 * How many of a request it takes until one version refuses and the other does not, or answers otherwise; where both refuse the
 * same one, when one of them has room again, or for whom else. Undefined where nothing of that is seen.
 */
export function stepsThatShow(
  request: Request,
  limits: Sides<Limit | undefined>,
  programs: Sides<Program>,
): readonly Step[] | undefined {
  const engines = {
    old: interpreterEngine(alone(programs.old, limits.old ? [limits.old] : [])),
    new: interpreterEngine(alone(programs.new, limits.new ? [limits.new] : [])),
  };
  const steps = (times: number): Step[] => [{ request, times, after: 0n }];
  const most = Math.min(room(limits.old), room(limits.new)) + 1;
  let told: readonly Step[] | undefined;
  for (let times = 1; times <= (most > MOST_REQUESTS ? 1 : most); times++) {
    const outcomes = both(engines, request, START);
    const refused = [outcomes.old, outcomes.new].filter(isRefusal).length;
    if (refused === 1 || differ(outcomes.old, outcomes.new)) return steps(times);
    if (!told && canonical(outcomes.old) !== canonical(outcomes.new)) told = steps(times);
    if (refused === 0) continue;
    const last =
      ofAnother(request, limits, engines) ?? roomAgain(request, [outcomes.old, outcomes.new], engines);
    return last ? [...steps(times), last] : told;
  }
  return told;
}

/** How many of a request it takes until limits, which do the same in another order, answer otherwise; undefined where none is seen. */
export function stepsThatShowOrder(
  request: Request,
  limits: Sides<readonly Limit[]>,
  programs: Sides<Program>,
): readonly Step[] | undefined {
  const engines = {
    old: interpreterEngine(alone(programs.old, limits.old)),
    new: interpreterEngine(alone(programs.new, limits.new)),
  };
  const most = Math.max(...limits.new.map(room)) + 1;
  for (let times = 1; times <= Math.min(most, MOST_REQUESTS); times++) {
    const outcomes = both(engines, request, START);
    if (differ(outcomes.old, outcomes.new)) return [{ request, times, after: 0n }];
  }
  return undefined;
}

/** After so many requests the limit surely refuses, where it refuses at all before the time is another. */
function room(limit: Limit | undefined): number {
  if (!limit || limit.shadow || limit.algorithm === "concurrency") return Infinity;
  return Math.min(...limit.rates.map(({ burst }) => burst));
}

/** Nothing but these limits. */
function alone(program: Program, limits: readonly Limit[]): Program {
  return {
    ...without(program, "authentication", "httpRoutes", "rateLimitService"),
    authorization: { deny: [], allow: [], anyAllowPolicy: false, observers: [] },
    limits,
    routes: [],
  };
}

function both(engines: Sides<SynchronousEngine>, request: Request, at: bigint): Sides<Outcome> {
  return { old: engines.old.decide(request, at), new: engines.new.decide(request, at) };
}

function isRefusal({ kind }: Outcome): boolean {
  return kind === "answer";
}

/** A request with another key of one version, and the same of the other. */
function ofAnother(
  request: Request,
  limits: Sides<Limit | undefined>,
  engines: Sides<SynchronousEngine>,
): Step | undefined {
  for (const part of [...(limits.old?.key ?? []), ...(limits.new?.key ?? [])]) {
    const varied = variation(part, request);
    const outcomes = varied && both(engines, varied, START);
    if (outcomes && isRefusal(outcomes.old) !== isRefusal(outcomes.new))
      return { request: varied, times: 1, after: 0n };
  }
  return undefined;
}

/** Undefined of what cannot be changed without changing what else is asked of the request. */
function variation(part: KeyPart, request: Request): Request | undefined {
  switch (part.kind) {
    case "header":
    case "cookie":
    case "claim":
    case "peer":
      return withValue(part, request, 1);
    case "host":
    case "path":
    case "query":
    case "cel":
      return undefined;
  }
}

/** The versions ask to come again at different times: at the earlier one of them has room. */
function roomAgain(
  request: Request,
  outcomes: readonly Outcome[],
  engines: Sides<SynchronousEngine>,
): Step | undefined {
  const waits = outcomes.flatMap((outcome) => retryAfter(outcome) ?? []);
  const [wait] = waits.sort((a, b) => (a < b ? -1 : 1));
  if (wait === undefined) return undefined;
  const later = both(engines, request, START + wait * SECOND);
  return isRefusal(later.old) === isRefusal(later.new)
    ? undefined
    : { request, times: 1, after: wait * SECOND };
}

function retryAfter(outcome: Outcome): bigint | undefined {
  if (outcome.kind !== "answer") return undefined;
  const value = outcome.headers.find(([name]) => name === "retry-after")?.[1];
  return value === undefined ? undefined : BigInt(value);
}
