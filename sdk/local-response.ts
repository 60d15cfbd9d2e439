// Answering a request in the filter, without the upstream.
import { keep } from "./abi/answer";
import { arenaGeneration } from "./abi/arena";
import { proxy_send_local_response } from "./abi/env";
import { Status } from "./abi/numbers";
import { textPointer, textSize } from "./abi/text";
import { currentContext, isEnding } from "./current";
import { HeaderPairs } from "./header-pairs";

/** No gRPC status: Envoy derives one from the HTTP status when the request is gRPC. */
export const NO_GRPC_STATUS: i32 = -1;

/**
 * Ends the stream with an answer of the filter's own. Valid in request and response callbacks and at the end of a
 * stream's callouts, until the response headers went downstream; the stream stops whatever the callback returns.
 *
 * @returns `BadArgument` where one of `headers` is broken, where this callback has answered the stream already, and in
 * `onDone`, `onLog` and `onDelete`: nothing is sent then
 * @param status the HTTP status
 * @param body the body; empty: none
 * @param details the response-code details that access logs show: no white space, never sent to the client
 * @param headers headers beside those that the proxy writes itself
 * @param grpcStatus what a gRPC client gets in place of the HTTP status; -1 lets Envoy derive it
 */
export function sendLocalResponse<B, D>(
  status: u32,
  body: B,
  details: D,
  headers: HeaderPairs | null = null,
  grpcStatus: i32 = NO_GRPC_STATUS,
): Status {
  // Envoy does not live through one that comes when the stream is over, nor, in a response's body, through a second one.
  if (isEnding() || isAnswered() || (headers !== null && headers.broken)) return keep(Status.BadArgument);
  const bodyAt = textPointer(body);
  const bodySize = textSize();
  const detailsAt = textPointer(details);
  const detailsSize = textSize();
  const pairs = headers ? headers.serialize() : 0;
  const pairsSize = headers ? headers.serializedSize : 0;
  const answered = keep(
    proxy_send_local_response(status, detailsAt, detailsSize, bodyAt, bodySize, pairs, pairsSize, grpcStatus),
  );
  if (answered == Status.Ok) {
    answeredContext = currentContext();
    answeredIn = arenaGeneration();
  }
  return answered;
}

let answeredContext: u32 = 0;
let answeredIn: u32 = 0;

/** For the SDK: whether the stream in effect was answered in this callback. */
export function isAnswered(): bool {
  return answeredIn == arenaGeneration() && answeredContext == currentContext() && answeredIn != 0;
}
