import * as exchangeMatchers from "./exchange-matchers.ts";
import type { ExpectedLocalResponse, ExpectedRequest, ExpectedResponse } from "./exchange-matchers.ts";
import type { ExpectedFields, ExpectedText } from "./expectation.ts";
import * as filterMatchers from "./filter-matchers.ts";
import type { LogLevelName } from "../logs.ts";

export type { ExpectedLocalResponse, ExpectedRequest, ExpectedResponse } from "./exchange-matchers.ts";
export type { AsymmetricMatcher, ExpectedFields, ExpectedText } from "./expectation.ts";
export type { MatcherResult } from "./result.ts";

/**
 * The matchers, for `expect.extend` of Jest, Vitest and whoever understands Jest's.
 *
 * @example
 * expect.extend(matchers);
 */
export const matchers = { ...exchangeMatchers, ...filterMatchers };

/** The matchers as `expect(…)` has them once they are registered; `R` is what they answer. */
export interface FilterMatchers<R = void> {
  /** Of an exchange: that much has gone to the upstream. A text is the whole of it, `null` of a header: there is none. */
  toReachUpstreamWith(expected?: ExpectedRequest): R;
  /** Of an exchange: the client got that. */
  toHaveResponse(expected: ExpectedResponse): R;
  /** Of an exchange: the filter, or the host in its stead, answered that. */
  toBeLocalResponse(expected?: ExpectedLocalResponse): R;
  /** Of an exchange: the client got this header, with any value where none is given. */
  toHaveResponseHeader(name: string, expected?: ExpectedFields[string]): R;
  /** Of an exchange: the filter holds it back, or the upstream has not answered. */
  toBeWaiting(): R;
  /** Of an exchange: the connection was dropped without an answer. */
  toBeReset(): R;
  /** Of an exchange: the filter trapped; `message` is the engine's. */
  toHaveTrapped(message?: ExpectedText): R;
  /** Of a filter: a line at this level has the text in it, or fits the pattern. */
  toHaveLogged(level: LogLevelName, expected: ExpectedText): R;
  /** Of a filter: the counter stands there. */
  toHaveCounted(name: string, expected: number | bigint): R;
  /** Of a filter: the gauge stands there. */
  toHaveGauge(name: string, expected: number | bigint): R;
  /** Of a filter: the histogram has recorded so many values, or these last. */
  toHaveRecorded(name: string, expected: number | bigint | ReadonlyArray<number | bigint>): R;
  /** Of a filter: the value, as text, is there. */
  toHaveSharedData(key: string, expected: ExpectedText): R;
}
