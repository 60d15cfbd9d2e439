// One recorded request, as far as a log says what it was. Texts are byte strings.
import type { Request } from "../ir/interpret.ts";

/** What a log says of one request; filled field by field. */
export class Draft {
  method: string | undefined;
  path: string | undefined;
  authority: string | undefined;
  scheme: string | undefined;
  readonly headers: (readonly [name: string, value: string])[] = [];
  /** In nanoseconds since 1970. */
  at: bigint | undefined;
  peer: string | undefined;
  client: string | undefined;
  destination: { address: string; port: number } | undefined;
  sni: string | undefined;
  uri: string | undefined;
  dns: string | undefined;
  subject: string | undefined;
}

/** Why a line is no request. */
export type Unreadable = string;

/** What one line, or one entry, of a log says. */
export type RecordReader = (line: string) => Draft | Unreadable;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The request under a path, as its version's listener normalises it. Where the log does not have the peer's own address, the client's is taken. */
export function requestOf(draft: Draft, path: string): Request {
  const { method = "", authority, scheme = "http", headers, peer, client, destination, sni } = draft;
  const all: (readonly [string, string])[] = [
    [":method", method],
    [":path", path],
    [":scheme", scheme],
  ];
  if (authority !== undefined) all.push([":authority", authority]);
  for (const header of headers) all.push(header);
  // Thousands are made at once: field by field they are alike to the engine, and nothing is copied.
  const request: Mutable<Request> = { headers: all };
  const from = peer ?? client;
  if (from !== undefined) {
    request.peer = from;
    request.client = client ?? from;
  }
  if (destination !== undefined) request.destination = destination;
  if (sni !== undefined) request.sni = sni;
  const identity = identityOf(draft);
  if (identity) request.identity = identity;
  return request;
}

function identityOf({ uri, dns, subject }: Draft): Request["identity"] | undefined {
  if (uri === undefined && dns === undefined && subject === undefined) return undefined;
  return {
    ...(uri !== undefined && { uri }),
    ...(dns !== undefined && { dns }),
    ...(subject !== undefined && { subject }),
  };
}

/** Why a draft is no request that a filter would have seen; undefined where it is one. */
export function faultOf({ method, path }: Draft): Unreadable | undefined {
  if (method === undefined || path === undefined)
    return "it does not say the method and the path of a request";
  if (!path.startsWith("/")) return "its path does not begin with `/`";
  return undefined;
}
