// Description → request, with all that it is about: the policies' tokens, and what their listener does to paths.
import type { PathNormalization } from "../../host/index.ts";
import type { Request } from "../ir/interpret.ts";
import type { Program } from "../ir/program.ts";
import { credentialsFor } from "./credentials.ts";
import type { RequestDescription } from "./description.ts";
import { present, type Refused } from "./present.ts";

/** What requests are made for. */
export interface RequestContext {
  readonly program: Program;
  readonly pathNormalization: PathNormalization;
  /** Nanoseconds by which the clock is ahead of what descriptions say of times in claims. Default: none. */
  readonly clockShift?: bigint;
}

/**
 * The request as the filter sees it, or why the listener answers by itself.
 * @param at when it comes, in nanoseconds since 1970
 */
export function requestOf(
  description: RequestDescription,
  { program, pathNormalization, clockShift = 0n }: RequestContext,
  at: bigint,
): Request | Refused {
  const { token } = description;
  const credentials = token && credentialsFor(token, program.authentication, at, clockShift);
  return present(description, { normalization: pathNormalization, credentials });
}
