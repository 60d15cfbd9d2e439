// Running tests: each case meets a filter that has just started, and time stands still but for what its steps say.
import type { Engine, Headers, Outcome } from "../engines/index.ts";
import { explain } from "../explain/explain.ts";
import type { Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";
import { isRefused, requestOf, type Refused } from "../requests/index.ts";
import { differences, type Decider, type Difference } from "./compare.ts";
import type { ReadyTest } from "./subject.ts";
import type { TestCase, TestStep } from "./read.ts";

/** What became of a case. */
export type CaseResult =
  | { readonly kind: "passed"; readonly case: TestCase; readonly milliseconds: number }
  | {
      readonly kind: "failed";
      readonly case: TestCase;
      readonly milliseconds: number;
      readonly failure: Failure;
    }
  /** The engine cannot do what the case asks for. */
  | { readonly kind: "skipped"; readonly case: TestCase; readonly why: string };

/** The first step of a case that was not as expected. */
export interface Failure {
  /** Of a sequence: which step, and which time, both counted from 1. */
  readonly step?: { readonly number: number; readonly time: number; readonly of: number };
  readonly at: bigint;
  readonly span: TestStep["span"];
  readonly request: Request;
  readonly outcome: Outcome;
  readonly differences: readonly Difference[];
}

/** One request of a case, in the order in which the engine got them. */
export interface Asked {
  readonly request: Request;
  readonly response: Headers;
  readonly at: bigint;
  readonly outcome: Outcome;
}

export interface RunOptions {
  /** Told of each case before it begins, and of each request. */
  readonly onCase?: ((testCase: TestCase) => void) | undefined;
  readonly onRequest?: ((asked: Asked) => void) | undefined;
  /** Why an engine cannot do a request; absent: it can do all. */
  readonly cannot?: ((request: Request) => string | undefined) | undefined;
  /** The engine's clock goes by itself: the case begins now, whatever it says. */
  readonly realTime?: boolean;
}

/** A request that the listener answers by itself, so that no policy is tested. */
export class ListenerRefuses extends Error {
  readonly step: TestStep;
  readonly refused: Refused;

  constructor(step: TestStep, refused: Refused) {
    super(`the listener answers this request itself: ${refused.status} \`${refused.details}\``);
    this.step = step;
    this.refused = refused;
  }
}

/** Nanoseconds. */
const LONGEST_WAIT = 3_000_000_000n;

/** Runs a case. Throws ListenerRefuses. */
export async function runCase(
  { subject: { target } }: Pick<ReadyTest, "subject">,
  testCase: TestCase,
  engine: Engine,
  { onCase, onRequest, cannot, realTime = false }: RunOptions = {},
): Promise<CaseResult> {
  const started = performance.now();
  const took = (): number => performance.now() - started;
  const { steps } = testCase;
  const lasts = steps.reduce((sum, { after }) => sum + after, 0n);
  if (realTime && lasts > LONGEST_WAIT)
    return { kind: "skipped", case: testCase, why: "it would take longer than anybody waits for" };
  onCase?.(testCase);
  const forgotten = engine.forget();
  if (forgotten) await forgotten;
  let at = realTime ? BigInt(Date.now()) * 1_000_000n : testCase.now;
  const context = { ...target, clockShift: at - testCase.now };
  for (const [index, step] of steps.entries()) {
    at += step.after;
    const request = requestOf(step.request, context, at);
    if (isRefused(request)) throw new ListenerRefuses(step, request);
    const why = cannot?.(request);
    if (why !== undefined) return { kind: "skipped", case: testCase, why };
    for (let time = 1; time <= step.repeat; time++) {
      const decided = engine.decide(request, at, step.response);
      const outcome = decided instanceof Promise ? await decided : decided;
      onRequest?.({ request, response: step.response, at, outcome });
      const found = differences(step.expect, outcome, () => decidersOf(target.program, request, at));
      if (found.length === 0) continue;
      const place = { number: index + 1, time, of: step.repeat };
      const failure = { at, span: step.span, request, outcome, differences: found };
      return {
        kind: "failed",
        case: testCase,
        milliseconds: took(),
        failure: steps.length > 1 || step.repeat > 1 ? { ...failure, step: place } : failure,
      };
    }
  }
  return { kind: "passed", case: testCase, milliseconds: took() };
}

/** The rules that let a request pass and choose its way. */
function decidersOf(program: Program, request: Request, at: bigint): Decider[] {
  const { stages } = explain(program, request, at);
  return stages
    .flatMap(({ rules }) => rules)
    .filter(({ state }) => state === "decides")
    .map(({ origin, name }) => ({ policy: origin.policy, part: origin.part, name }));
}
