// Answering a request in the filter, without the upstream.
import { proxy_send_local_response } from "./abi/env";
import { Bytes } from "./bytes";

/** No gRPC status: Envoy derives one from the HTTP status when the request is gRPC. */
export const NO_GRPC_STATUS: i32 = -1;

/**
 * Ends the stream with an answer of the filter's own. Valid in request and response callbacks, until the response
 * headers went downstream; the stream stops whatever the callback returns. `details` are the response-code details that
 * access logs show: no white space, never sent to the client.
 * @returns the host's status
 */
export function sendLocalResponse(
  status: u32,
  details: Bytes,
  body: Bytes,
  grpcStatus: i32 = NO_GRPC_STATUS,
): u32 {
  return proxy_send_local_response(
    status,
    details.pointer,
    details.size,
    body.pointer,
    body.size,
    0,
    0,
    grpcStatus,
  );
}
