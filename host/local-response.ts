import { fromBytes, NO_BYTES } from "./bytes.ts";
import { HeaderMap } from "./header-map.ts";
import { addJoined, INLINE_RESPONSE_HEADERS } from "./inline-headers.ts";

/** An answer the proxy gives itself, as a filter asks for it with `proxy_send_local_response`. */
export interface LocalResponse {
  /** HTTP status. */
  status: number;
  /** Response-code details: why, for logs; never shown to the client. */
  details: string;
  body: Uint8Array;
  /** Headers to add. */
  headers: HeaderMap;
  /** gRPC status 0–16, or -1: mapped from the HTTP status where the request is gRPC. */
  grpcStatus: number;
}

/** A local response as it goes to the client; `headers` begin with `:status`. */
export interface RenderedResponse {
  status: number;
  headers: HeaderMap;
  body: Uint8Array;
}

/** Whether the request is gRPC by its content type: `application/grpc`, alone or with `+` and a format. */
export function isGrpcRequest(requestHeaders: HeaderMap): boolean {
  const contentType = requestHeaders.get("content-type");
  return contentType === "application/grpc" || contentType?.startsWith("application/grpc+") === true;
}

/**
 * Turns a local response into what Envoy sends for it: a body without content type becomes `text/plain`, its
 * length is declared; a gRPC request gets HTTP 200, no body, and status and message as headers. The body of an
 * answer to HEAD is dropped here, its headers stay.
 */
export function renderLocalResponse(local: LocalResponse, requestHeaders: HeaderMap): RenderedResponse {
  const headers = new HeaderMap([[":status", String(local.status)]]);
  for (const [name, value] of local.headers.entries())
    addJoined(headers, name, value, INLINE_RESPONSE_HEADERS);
  // A filter cannot answer with another status than it says.
  headers.overwriteFirst(":status", String(local.status));
  const isHead = requestHeaders.get(":method") === "HEAD";

  if (isGrpcRequest(requestHeaders)) {
    headers.set(":status", "200");
    headers.set("content-type", "application/grpc");
    if (!headers.get("grpc-status"))
      headers.set(
        "grpc-status",
        String(local.grpcStatus >= 0 ? local.grpcStatus : grpcStatusOf(local.status)),
      );
    if (local.body.length > 0 && !isHead)
      headers.set("grpc-message", encodeGrpcMessage(fromBytes(local.body)));
    headers.remove("content-length");
    return { status: 200, headers, body: NO_BYTES };
  }

  if (local.body.length > 0) {
    const length = String(local.body.length);
    if (headers.get("content-length") === undefined) headers.add("content-length", length);
    else headers.overwriteFirst("content-length", length);
    if (headers.get("content-type") === undefined) headers.set("content-type", "text/plain");
  } else {
    headers.remove("content-length");
    headers.remove("content-type");
  }
  return { status: local.status, headers, body: isHead ? NO_BYTES : local.body };
}

/** The gRPC status Envoy gives for an HTTP status. */
export function grpcStatusOf(httpStatus: number): number {
  return grpcStatuses.get(httpStatus) ?? 2;
}

const grpcStatuses = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
]);

/** Percent-encodes what may not stand in a `grpc-message` (and, as Envoy does, `~`). */
function encodeGrpcMessage(message: string): string {
  return message.replace(
    // eslint-disable-next-line no-control-regex -- control characters are exactly what must not pass
    /[\x00-\x1f%~-\xff]/g,
    (char) => "%" + char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"),
  );
}
