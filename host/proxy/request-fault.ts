/** What Envoy's router answers where a filter has left a request that cannot be sent. */
import type { HeaderMap } from "../header-map.ts";
import type { Refusal } from "./present-request.ts";

/** Why the request goes nowhere, or undefined where it can go. */
export function requestFault(headers: HeaderMap): Refusal | undefined {
  // The one route begins with a slash, and nothing is routed that says nothing of its scheme.
  const routable =
    headers.get(":path")?.startsWith("/") === true &&
    (headers.get("x-forwarded-proto") || headers.get(":scheme"));
  if (!routable) return { status: 404, details: "route_not_found", body: "" };
  const fault = headers.get(":method") === undefined ? "missing required header: :method" : invalid(headers);
  if (fault === undefined) return undefined;
  const word = fault.replace(/\s/g, "_");
  return { status: 503, details: `filter_removed_required_request_headers{${word}}`, body: fault };
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const text = /^[\t\x20-\x7e\x80-\xff]*$/;

function invalid(headers: HeaderMap): string | undefined {
  for (let i = 0; i < headers.size; i++) {
    const name = headers.nameAt(i);
    if (name.startsWith(":")) continue;
    if (!token.test(name)) return `invalid header name: ${name}`;
    if (!text.test(headers.valueAt(i))) return `invalid header value for: ${name}`;
  }
  return undefined;
}
