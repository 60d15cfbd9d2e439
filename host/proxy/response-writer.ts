import type { IncomingMessage, ServerResponse } from "node:http";
import { HeaderMap } from "../header-map.ts";
import { lowerCase } from "../bytes.ts";
import { addJoined, INLINE_RESPONSE_HEADERS } from "../inline-headers.ts";
import { hopByHop } from "./hop-by-hop.ts";

/** The upstream's response as Envoy presents it to its filters: `:status` first, hop-by-hop headers gone. */
export function presentResponse(message: IncomingMessage): HeaderMap {
  const headers = new HeaderMap();
  headers.add(":status", String(message.statusCode ?? 0));
  const raw = message.rawHeaders;
  const staysBehind = hopByHop(raw);
  for (let i = 0; i < raw.length; i += 2) {
    const name = lowerCase(raw[i] as string);
    const value = raw[i + 1] as string;
    if (!staysBehind(name, value)) addJoined(headers, name, value, INLINE_RESPONSE_HEADERS);
  }
  return headers;
}

/** Whether a response to `method` with this status may carry a body at all. */
export function mayHaveBody(method: string | undefined, status: number): boolean {
  return method !== "HEAD" && status !== 204 && status !== 304 && status >= 200;
}

/**
 * Writes the head with lower-case names, as Envoy does, and answers its status. `closing` says that the connection
 * ends after this response. Where Node cannot write the head (a filter set an impossible status or value) it
 * becomes 500, and the caller sends no body.
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
  let dated = false;
  for (let i = 0; i < headers.size; i++) {
    const name = headers.nameAt(i);
    if (name.startsWith(":") || name === "connection" || name === "transfer-encoding") continue;
    framed ||= name === "content-length";
    dated ||= name === "date";
    wire.push(name, headers.valueAt(i));
  }
  if (!dated) wire.push("date", new Date().toUTCString());
  const lengthless = !mayHaveBody(response.req.method, status);
  if (!framed && !lengthless) wire.push(...(body === "some" ? chunked : empty));
  // Keep-alive goes without saying in HTTP/1.1, and Envoy does not say it.
  if (closing) wire.push("connection", "close");
  else response.removeHeader("connection");
  response.sendDate = false;
  try {
    response.writeHead(status, wire);
    return { status, valid: true };
  } catch {
    response.writeHead(500, ["content-length", "0", "connection", "close"]);
    return { status: 500, valid: false };
  }
}

const chunked = ["transfer-encoding", "chunked"];
const empty = ["content-length", "0"];
