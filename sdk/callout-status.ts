// Why a callout failed. Valid in the callbacks that end callouts.
import { ANSWER, succeeded } from "./abi/answer";
import { proxy_get_status, proxy_set_effective_context } from "./abi/env";
import { Bytes } from "./bytes";
import { currentContext } from "./current";

let root: u32 = 0;

/** For the exported callbacks: on which context the host delivers. */
export function deliveredTo(context: u32): void {
  root = context;
}

/** The status code of the callout that the running callback is about: a gRPC status, or why an HTTP callout failed. */
export function calloutStatus(): u32 {
  return ask() ? load<u32>(ANSWER, 8) : 0;
}

/** The text that goes with `calloutStatus`; empty where there is none. Allocates the view. */
export function calloutMessage(): Bytes {
  return ask() ? Bytes.view(load<usize>(ANSWER), load<u32>(ANSWER, 4)) : new Bytes();
}

/** The host keeps the status with the context that it delivered to, and tells that of the one in effect. */
function ask(): bool {
  const stream = currentContext();
  if (stream == root) return succeeded(proxy_get_status(ANSWER + 8, ANSWER, ANSWER + 4));
  if (!succeeded(proxy_set_effective_context(root))) return false;
  const status = proxy_get_status(ANSWER + 8, ANSWER, ANSWER + 4);
  proxy_set_effective_context(stream);
  return succeeded(status);
}
