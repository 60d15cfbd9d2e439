// A version that can be tried: requests with tokens that it takes, decided at a time of our own.
import { interpreterEngine, standalone, type Outcome, type SynchronousEngine } from "../engines/index.ts";
import type { TokenRule } from "../ir/authentication.ts";
import { outputHeaders } from "../ir/authenticate.ts";
import type { Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";
import { credentialsOf, testKeysOf } from "../requests/index.ts";
import type { Candidate, Sides, Step } from "./change.ts";
import { shows } from "./outcomes.ts";
import { without } from "./without.ts";

/** When requests come, in nanoseconds since 1970: the clock stands still there but for what steps say. */
export const START = BigInt(Date.UTC(2026, 0, 1, 12)) * 1_000_000n;

/** The program with issuers' keys of our own, so that tokens can be made for it. */
export function tryable(program: Program): Program {
  return standalone(program, { keys: testKeys });
}

/** Every issuer signs with a key of the same kind, whatever the versions' own are. */
function testKeys(rule: TokenRule): ReturnType<typeof testKeysOf> {
  return testKeysOf({ ...rule, keys: { kind: "inline", keys: [] } });
}

/** A request as authentication leaves it, as it comes: its claims are in a token. */
export function sendable(request: Request, programs: Sides<Program>): Request {
  const authentication = programs.old.authentication ?? programs.new.authentication;
  if (!authentication) return request;
  const written = new Set(outputHeaders(authentication.rules));
  const carried = request.headers.filter(([name]) => written.has(name));
  if (request.claims === undefined && carried.length === 0) return request;
  const claims: Record<string, unknown> = { ...request.claims };
  for (const { header, paths } of authentication.rules.flatMap(({ claimHeaders }) => claimHeaders)) {
    const value = carried.find(([name]) => name === header)?.[1];
    const [claim] = paths[0] ?? [];
    if (value !== undefined && claim !== undefined)
      claims[claim] ??= Buffer.from(value, "latin1").toString("utf8");
  }
  const { headers, query } = credentialsOf(claims, authentication, START, { algorithm: "ES256" });
  const others = request.headers.filter(([name]) => !written.has(name));
  return { ...without(request, "claims"), headers: [...withQuery(others, query), ...headers] };
}

function withQuery(headers: Request["headers"], query: string | undefined): Request["headers"] {
  if (query === undefined) return headers;
  return headers.map(([name, value]) =>
    name === ":path" ? [name, `${value}${value.includes("?") ? "&" : "?"}${query}`] : [name, value],
  );
}

/** What two engines that have just started make of the last of some requests; undefined where there are none. */
export function outcomesBy(
  engines: Sides<SynchronousEngine>,
  steps: readonly Step[],
  programs: Sides<Program>,
): Sides<Outcome> | undefined {
  const sent = steps.map((step) => ({ ...step, request: sendable(step.request, programs) }));
  const before = lastOutcome(engines.old, sent);
  const after = lastOutcome(engines.new, sent);
  return before && after && { old: before, new: after };
}

function lastOutcome(engine: SynchronousEngine, steps: readonly Step[]): Outcome | undefined {
  engine.forget();
  let at = START;
  let outcome: Outcome | undefined;
  for (const { request, times, after, response } of steps) {
    at += after;
    for (let n = 0; n < times; n++) outcome = engine.decide(request, at, response);
  }
  return outcome;
}

/** Both versions, tried by the reference interpreter. */
export class Trial {
  readonly programs: Sides<Program>;
  readonly #engines: Sides<SynchronousEngine>;

  constructor(programs: Sides<Program>) {
    this.programs = programs;
    this.#engines = {
      old: interpreterEngine(tryable(programs.old)),
      new: interpreterEngine(tryable(programs.new)),
    };
  }

  /** What became of the last request in each version. */
  outcomes(steps: readonly Step[]): Sides<Outcome> | undefined {
    return outcomesBy(this.#engines, steps, this.programs);
  }

  /** The change as a candidate, where these requests show it. */
  candidate(change: Candidate, steps: readonly Step[]): Candidate | undefined {
    const outcomes = this.outcomes(steps);
    return outcomes && shows(change.kind, outcomes) ? { ...change, steps } : undefined;
  }
}
