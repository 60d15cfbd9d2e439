import { Exchange } from "../exchange.ts";
import { describeExchange } from "./describe.ts";
import type { ExpectedFields, ExpectedText } from "./expectation.ts";
import { Faults } from "./faults.ts";
import { judge, type MatcherResult } from "./result.ts";

/** What went to the upstream; whatever is not said does not matter. */
export interface ExpectedRequest {
  method?: ExpectedText;
  path?: ExpectedText;
  authority?: ExpectedText;
  headers?: ExpectedFields;
  body?: ExpectedText;
  trailers?: ExpectedFields;
}

/** What went to the client; whatever is not said does not matter. */
export interface ExpectedResponse {
  status?: number;
  headers?: ExpectedFields;
  body?: ExpectedText;
  trailers?: ExpectedFields;
  /** Response-code details. */
  details?: ExpectedText;
}

/** A response that did not come from the upstream. */
export interface ExpectedLocalResponse extends ExpectedResponse {
  /** Of the answer to a gRPC request. */
  grpcStatus?: number;
}

export function toReachUpstreamWith(received: unknown, expected: ExpectedRequest = {}): MatcherResult {
  const exchange = exchangeOf(received);
  const { upstream } = exchange;
  const faults = new Faults();
  if (upstream === undefined) faults.lines.push("nothing reached the upstream");
  else {
    faults.text("method", upstream.method, expected.method);
    faults.text("path", upstream.path, expected.path);
    faults.text("authority", upstream.authority, expected.authority);
    faults.fields("header", upstream.headers, expected.headers);
    faults.text("body", upstream.body, expected.body);
    faults.fields("trailer", upstream.trailers, expected.trailers);
  }
  return judge(faults, "to reach the upstream so", () => describeExchange(exchange));
}

export function toHaveResponse(received: unknown, expected: ExpectedResponse): MatcherResult {
  const exchange = exchangeOf(received);
  return judge(responseFaults(exchange, expected), "to have this response", () => describeExchange(exchange));
}

export function toBeLocalResponse(received: unknown, expected: ExpectedLocalResponse = {}): MatcherResult {
  const exchange = exchangeOf(received);
  const faults = responseFaults(exchange, expected);
  if (exchange.hasResponse) {
    const { response } = exchange;
    if (!response.local) faults.lines.unshift("it was answered by the upstream, not locally");
    if (expected.grpcStatus !== undefined)
      faults.fields("header", response.headers, { "grpc-status": String(expected.grpcStatus) });
  }
  return judge(faults, "to be answered locally so", () => describeExchange(exchange));
}

export function toHaveResponseHeader(
  received: unknown,
  name: string,
  expected?: ExpectedFields[string],
): MatcherResult {
  const exchange = exchangeOf(received);
  const faults = responseFaults(exchange, expected === undefined ? {} : { headers: { [name]: expected } });
  if (expected === undefined && exchange.hasResponse && !exchange.response.headers.has(name))
    faults.add(`header ${name}`, "any", "none");
  return judge(faults, `to have the response header \`${name}\``, () => describeExchange(exchange));
}

export function toBeWaiting(received: unknown): MatcherResult {
  const exchange = exchangeOf(received);
  return stateIs(exchange, exchange.state === "waiting", "to be waiting");
}

export function toBeReset(received: unknown): MatcherResult {
  const exchange = exchangeOf(received);
  return stateIs(exchange, exchange.state === "reset", "to be reset");
}

export function toHaveTrapped(received: unknown, message?: ExpectedText): MatcherResult {
  const exchange = exchangeOf(received);
  const faults = new Faults();
  if (exchange.state !== "failed") faults.lines.push("the filter did not trap");
  else faults.text("trap", exchange.failure?.message, message);
  return judge(faults, "to have trapped", () => describeExchange(exchange));
}

function stateIs(exchange: Exchange, holds: boolean, sentence: string): MatcherResult {
  const faults = new Faults();
  if (!holds) faults.lines.push(`it is ${exchange.state}`);
  return judge(faults, sentence, () => describeExchange(exchange));
}

function responseFaults(exchange: Exchange, expected: ExpectedResponse): Faults {
  const faults = new Faults();
  if (!exchange.hasResponse) {
    faults.lines.push("there is no response");
    return faults;
  }
  const { response } = exchange;
  faults.number("status", response.status, expected.status);
  faults.text("details", response.details, expected.details);
  faults.fields("header", response.headers, expected.headers);
  faults.text("body", response.body, expected.body);
  faults.fields("trailer", response.trailers, expected.trailers);
  return faults;
}

function exchangeOf(received: unknown): Exchange {
  if (received instanceof Exchange) return received;
  const hint = received instanceof Promise ? ": did you forget `await`?" : "";
  throw new TypeError(`this matcher takes what \`filter.request\` or \`filter.stream\` gives${hint}`);
}
