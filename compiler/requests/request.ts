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
}

/**
 * The request as the filter sees it, or why the listener answers by itself.
 * @param at when it comes, in nanoseconds since 1970
 */
export function requestOf(
  description: RequestDescription,
  { program, pathNormalization }: RequestContext,
  at: bigint,
): Request | Refused {
  const { token } = description;
  const credentials = token && credentialsFor(token, program.authentication, at);
  return present(description, { normalization: pathNormalization, credentials });
}
