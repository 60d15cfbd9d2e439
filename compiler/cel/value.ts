// What an expression for a value comes to, and what a number means as the cost of a request.
import type { Request } from "../ir/interpret.ts";
import { CelError } from "./error.ts";
import { evaluateNode } from "./evaluate.ts";
import type { CelValueExpression } from "./expression.ts";
import type { CelRequest } from "./request.ts";

/**
 * The value for a request: a bigint of an `int`, a byte string of a `string` and of `bytes`; undefined where the
 * expression is an error. Requests whose key is an error share one bucket, which is none of those that values name.
 */
export function evaluateCelValue(
  expression: CelValueExpression,
  request: Request & CelRequest,
): bigint | string | undefined {
  try {
    return evaluateNode(expression.root, { request, variables: new Map() }) as bigint | string;
  } catch (error) {
    if (error instanceof CelError) return undefined;
    throw error;
  }
}

/** The most that a request may cost; larger numbers count as this one. */
export const MAX_COST = 1_000_000_000n;

/** A cost that no limit has room for: such a request is refused. */
export const REFUSED_COST = MAX_COST + 1n;

/**
 * The cost that a value means: 0 takes nothing. What is negative or an error (undefined) is refused, so that no client
 * gets by, or fills a bucket up, with a number of its own making.
 */
export function costOf(value: bigint | undefined): bigint {
  if (value === undefined || value < 0n) return REFUSED_COST;
  return value < MAX_COST ? value : MAX_COST;
}
