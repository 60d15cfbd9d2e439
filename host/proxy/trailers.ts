/** Trailers on the wire, where the proxy passes them on. */
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { HeaderMap } from "../header-map.ts";

/** The trailers a message ended with, or undefined where it had none. */
export function trailersOf(message: IncomingMessage): HeaderMap | undefined {
  const raw = message.rawTrailers;
  if (raw.length === 0) return undefined;
  const trailers = new HeaderMap();
  for (let i = 0; i < raw.length; i += 2) trailers.add(raw[i] as string, raw[i + 1] as string);
  return trailers;
}

/** Has trailers sent behind a body. Node leaves them out where the body is not sent in chunks, as Envoy does. */
export function addTrailers(message: ServerResponse | ClientRequest, trailers: HeaderMap): void {
  message.addTrailers(trailers.entries().map(([name, value]): [string, string] => [name, value]));
}
