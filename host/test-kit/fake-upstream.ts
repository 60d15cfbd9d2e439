import { HeaderMap } from "../header-map.ts";
import type { CalloutMessage, CalloutResponse, HttpUpstream } from "../callouts/cluster.ts";
import type { Activity } from "./activity.ts";
import type { FakeClock } from "./clock.ts";
import { milliseconds, type Duration } from "./duration.ts";
import { addFields, Fields, type FieldsInit } from "./fields.ts";
import { piecesOf, responseHeaderMap, type BodyInit, type ResponseHead } from "./message.ts";

/** A response of a played upstream. */
export interface FakeResponse extends ResponseHead {
  body?: BodyInit;
  trailers?: FieldsInit;
  /** How long the upstream takes, by the filter's clock. Default: no time. */
  delay?: Duration;
}

/** What an upstream does: answer; `"nothing"`: never answer; `"reset"`: break the connection off. */
export type FakeAnswer = FakeResponse | "nothing" | "reset";

/** How an upstream is played: always the same, one answer after the other (the last one stays), or by a function. */
export type FakeScript =
  FakeAnswer | readonly FakeAnswer[] | ((request: UpstreamRequest) => FakeAnswer | Promise<FakeAnswer>);

/** A request as an upstream got it. */
export class UpstreamRequest {
  /** Pseudo headers first. */
  readonly headers: Fields;
  readonly bytes: Uint8Array;
  readonly trailers: Fields;

  /** @internal */
  constructor({ headers, body, trailers }: CalloutMessage) {
    // Copies: what the filter changes later must not change what was asked.
    this.headers = new Fields(headers.clone());
    this.bytes = Uint8Array.from(body);
    this.trailers = new Fields(trailers.clone());
  }

  get method(): string {
    return this.headers.get(":method") ?? "";
  }

  get path(): string {
    return this.headers.get(":path") ?? "";
  }

  get authority(): string {
    return this.headers.get(":authority") ?? "";
  }

  /** The body as text. */
  get body(): string {
    return Buffer.from(this.bytes).toString();
  }
}

/** An upstream that a test plays, and what it was asked. */
export class FakeUpstream {
  /** Every request so far. */
  readonly requests: UpstreamRequest[] = [];
  private script: FakeScript;
  private answers = 0;

  /** @internal */
  constructor(script: FakeScript) {
    this.script = script;
  }

  /** From now on it does that. */
  answer(script: FakeScript): void {
    this.script = script;
    this.answers = 0;
  }

  /** @internal What it does about a request. */
  ask(message: CalloutMessage): FakeAnswer | Promise<FakeAnswer> {
    const request = new UpstreamRequest(message);
    this.requests.push(request);
    const { script } = this;
    if (typeof script === "function") return script(request);
    if (!isList(script)) return script;
    const answer = script[Math.min(this.answers++, script.length - 1)];
    if (answer === undefined) throw new TypeError("a played upstream was given no answers");
    return answer;
  }
}

/**
 * Plays an HTTP upstream.
 *
 * @example
 * const users = fakeUpstream(({ path }) => (path === "/kim" ? { body: "kim" } : { status: 404 }));
 * const slow = fakeUpstream([{ status: 200, delay: "3s" }, "reset"]);
 */
export function fakeUpstream(script: FakeScript = {}): FakeUpstream {
  return new FakeUpstream(script);
}

function isList(script: FakeAnswer | readonly FakeAnswer[]): script is readonly FakeAnswer[] {
  return Array.isArray(script);
}

/** @internal The upstream as a cluster of the host. */
export function httpCluster(upstream: FakeUpstream, clock: FakeClock, activity: Activity): HttpUpstream {
  return async (message, signal) => {
    activity.played++;
    try {
      const answer = await activity.during(() => upstream.ask(message));
      if (answer === "reset") throw new Error("reset");
      if (answer === "nothing") return await never(signal);
      const delay = milliseconds(answer.delay ?? 0);
      if (delay > 0) await later(clock, delay, signal);
      return renderAnswer(answer);
    } finally {
      activity.played--;
    }
  };
}

/** Rejects when nobody waits any more. */
function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("nobody waits any more")));
  });
}

/** Resolves when the clock says so; rejects when nobody waits any more. */
function later(clock: FakeClock, delay: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(delay, resolve);
    signal.addEventListener("abort", () => {
      cancel();
      reject(new Error("nobody waits any more"));
    });
  });
}

function renderAnswer(answer: FakeResponse): CalloutResponse {
  return {
    headers: responseHeaderMap(answer, answer.body),
    body: Buffer.concat(piecesOf(answer.body)),
    trailers: addFields(new HeaderMap(), answer.trailers),
  };
}
