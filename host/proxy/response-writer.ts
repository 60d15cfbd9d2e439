import type { IncomingMessage, ServerResponse } from "node:http";
import { HeaderMap } from "../header-map.ts";
import { lowerCase, NO_BYTES } from "../bytes.ts";
import { addJoined, INLINE_RESPONSE_HEADERS } from "../inline-headers.ts";

/**
 * The upstream's response as Envoy presents it to its filters: `:status` first, and all that came, in order, but for
 * `keep-alive`.
 */
export function presentResponse(message: IncomingMessage): HeaderMap {
  const headers = new HeaderMap();
  headers.add(":status", String(message.statusCode ?? 0));
  const raw = message.rawHeaders;
  for (let i = 0; i < raw.length; i += 2) {
    const name = lowerCase(raw[i] as string);
    if (name !== "keep-alive") addJoined(headers, name, raw[i + 1] as string, INLINE_RESPONSE_HEADERS);
  }
  return headers;
}

const ofTheConnection = ["connection", "upgrade", "transfer-encoding", "keep-alive", "proxy-connection"];

/**
 * What Envoy does to a response once its filters have seen it: headers of the upstream's connection go, a date comes.
 * `closing` says that the client's connection ends after this response; filters are told so, too, where the response
 * comes before the request's end, after which Envoy closes the connection.
 */
export function finishHeaders(headers: HeaderMap, closing: boolean): void {
  for (const name of ofTheConnection) headers.remove(name);
  if (headers.get("date") === undefined) headers.add("date", new Date().toUTCString());
  if (closing) headers.add("connection", "close");
}

/** Whether a response to `method` with this status may carry a body at all. */
export function mayHaveBody(method: string | undefined, status: number): boolean {
  return method !== "HEAD" && status !== 204 && status !== 304 && status >= 200;
}

/**
 * Writes the head with lower-case names, as Envoy does, and answers its status. The connection is closed only where
 * `closing` says so: what a client still sends would reset it, and the answer might be lost. Where Node cannot write the head (a
 * filter set an impossible status or value) it becomes 500, and the caller sends no body.
 */
export function writeHead(
  response: ServerResponse,
  headers: HeaderMap,
  body: "none" | "some",
  closing: boolean,
): { status: number; valid: boolean } {
  const status = Number(headers.get(":status"));
  const wire: string[] = [];
  let framed = false;
  for (let i = 0; i < headers.size; i++) {
    const name = headers.nameAt(i);
    framed ||= name === "content-length";
    if (!name.startsWith(":") && (name !== "connection" || closing)) wire.push(name, headers.valueAt(i));
  }
  const lengthless = !mayHaveBody(response.req.method, status);
  // A HEAD request is told of chunks that do not come.
  const wouldHave = response.req.method === "HEAD" && mayHaveBody("GET", status);
  const inChunks = !framed && (wouldHave || (!lengthless && body === "some"));
  if (inChunks) wire.push("transfer-encoding", "chunked");
  else if (!framed && !lengthless) wire.push("content-length", "0");
  // Keep-alive goes without saying in HTTP/1.1, and Envoy does not say it.
  if (!closing) response.removeHeader("connection");
  response.sendDate = false;
  try {
    response.writeHead(status, inChunks ? wire : withoutTrailer(wire));
    // The head goes ahead of the body, which the filter may hold back. `flushHeaders` would write it as UTF-8.
    if (body === "some") response.write(NO_BYTES);
    return { status, valid: true };
  } catch {
    response.writeHead(500, ["content-length", "0", "connection", "close"]);
    return { status: 500, valid: false };
  }
}

/** Node refuses a `trailer` header on a message that can have no trailers. */
export function withoutTrailer(wire: string[]): string[] {
  for (let i = wire.length - 2; i >= 0; i -= 2) if (wire[i] === "trailer") wire.splice(i, 2);
  return wire;
}
