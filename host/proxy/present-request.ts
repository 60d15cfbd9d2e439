/** A request as an Envoy listener presents it to its filters. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { lowerCase } from "../bytes.ts";
import { HeaderMap } from "../header-map.ts";
import { addJoined, INLINE_REQUEST_HEADERS } from "../inline-headers.ts";
import { forwardedTe, hopByHop, namesUntouchable } from "./hop-by-hop.ts";
import { applyPathOptions, type PathOptions } from "./path-options.ts";
import { isReservedForEnvoy } from "./reserved-headers.ts";

/** Why the proxy answers a request itself before any filter sees it. */
export interface Refusal {
  status: number;
  details: string;
  body: string;
}

/** Envoy's default `max_headers_count`. Node leaves out what is beyond 2,000, which no filter would then see. */
const MOST_HEADERS = 100;

/** A request's head as Node's parser has it. */
export type RequestHead = Pick<
  IncomingMessage,
  "method" | "url" | "rawHeaders" | "httpVersionMajor" | "httpVersionMinor"
>;

/** What a listener does, and whether this request came to it by TLS. */
export interface Presentation {
  readonly paths: PathOptions;
  /** As `headers_with_underscores_action: REJECT_REQUEST`. */
  readonly refuseUnderscores: boolean;
  readonly tls: boolean;
}

/** The request's headers, pseudo headers first, or why it is refused. */
export function presentRequest(
  request: RequestHead,
  { paths, refuseUnderscores, tls }: Presentation,
): HeaderMap | Refusal {
  if (request.rawHeaders.length > 2 * MOST_HEADERS)
    return { status: 431, details: "http1.too_many_headers", body: "Request Header Fields Too Large" };
  if (request.httpVersionMajor === 1 && request.httpVersionMinor === 0)
    return { status: 426, details: "low_version", body: "" };
  const target = splitTarget(request.url ?? "");
  if (target === undefined) return badRequest("http1.invalid_url");
  const path = checkPath(target.path, paths);
  if (typeof path !== "string") return path;

  const raw = request.rawHeaders;
  if (namesUntouchable(raw)) return badRequest("http1.connection_header_rejected");
  const staysBehind = hopByHop(raw);
  const headers = new HeaderMap();
  let authority = target.authority;
  for (let i = 0; i < raw.length; i += 2) {
    const name = lowerCase(raw[i] as string);
    const value = raw[i + 1] as string;
    if (refuseUnderscores && name.includes("_")) return badRequest("http1.unexpected_underscore");
    if (name === "host") {
      if (staysBehind(name)) continue;
      if (target.authority === undefined)
        authority = authority === undefined ? value : `${authority},${value}`;
    } else if (!staysBehind(name) && !isReservedForEnvoy(name))
      addJoined(headers, name, value, INLINE_REQUEST_HEADERS);
  }
  const te = headers.get("te");
  if (te !== undefined) {
    const forwarded = forwardedTe(te);
    if (forwarded === undefined) headers.remove("te");
    else headers.overwriteFirst("te", forwarded);
  }
  if (authority === undefined) return badRequest("missing_host_header");
  if (!authorityCharacters.test(authority)) return badRequest("http.invalid_authority");
  // In the order in which Envoy's HTTP/1 codec and connection manager come to know them.
  headers.add(":authority", authority);
  headers.add(":path", path);
  headers.add(":method", request.method ?? "GET");
  const scheme = tls ? "https" : "http";
  // Who was in front is believed in this, as in everything it forwards.
  const proto = headers.get("x-forwarded-proto");
  headers.add(":scheme", proto === "http" || proto === "https" ? proto : scheme);
  // Envoy has answered `100 Continue` before the filters run.
  if (headers.get("expect")?.toLowerCase() === "100-continue") headers.remove("expect");
  if (proto === undefined) headers.add("x-forwarded-proto", scheme);
  if (headers.get("x-request-id") === undefined) headers.add("x-request-id", randomUUID());
  return headers;
}

/** The upgrade a request asks for, or undefined; `h2c` is one that servers may ignore, as Envoy does. */
export function requestedUpgrade(request: IncomingMessage): string | undefined {
  const { upgrade, connection } = request.headers;
  if (!upgrade || !connection || upgrade.toLowerCase() === "h2c") return undefined;
  return connection
    .toLowerCase()
    .split(",")
    .some((token) => token.trim() === "upgrade")
    ? upgrade
    : undefined;
}

const authorityCharacters = /^[A-Za-z0-9\-._~:@!$&'()*+,;=%[\]]*$/;
const absoluteForm = /^https?:\/\/([^/?#]+)(.*)$/i;

function splitTarget(url: string): { authority: string | undefined; path: string } | undefined {
  if (url.startsWith("/") || url === "*") return { authority: undefined, path: url };
  const [, authority, path = ""] = absoluteForm.exec(url) ?? [];
  if (authority === undefined) return undefined;
  return { authority, path: path.startsWith("/") ? path : `/${path}` };
}

function checkPath(path: string, options: PathOptions): string | Refusal {
  // Envoy serves origin-form paths only, so `OPTIONS *` finds nothing.
  if (path === "*") return { status: 404, details: "absolute_path_rejected", body: "" };
  return applyPathOptions(path, options) ?? badRequest("path_normalization_failed", "");
}

function badRequest(details: string, body = "Bad Request"): Refusal {
  return { status: 400, details, body };
}
