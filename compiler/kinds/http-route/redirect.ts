// `RequestRedirect`, and what it and `URLRewrite` make of paths.
import type { PathChange, Redirect } from "../../ir/routing.ts";
import type { Listener } from "../gateway-api/gateway.ts";
import { prefixElements, type Match } from "./matches.ts";
import type { FilterSpec, PathModifierSpec } from "./schema.ts";

export function redirectOf(
  { scheme, hostname, path, port, statusCode }: NonNullable<FilterSpec["requestRedirect"]>,
  match: Match,
  listeners: readonly Listener[] | undefined,
): Redirect {
  const change = pathChange(path, match);
  return {
    kind: "redirect",
    status: (statusCode?.value ?? 302) as Redirect["status"],
    ...(scheme && { scheme: scheme.value }),
    ...(hostname && { host: hostname.value }),
    port: port?.value ?? (scheme ? "none" : portOf(listeners)),
    ...(change && { path: change }),
  };
}

/** The port that all listeners share, where they do: a filter is not told which of them a request came by. */
function portOf(listeners: readonly Listener[] | undefined): number | "request" {
  const ports = new Set(listeners?.map(({ port }) => port));
  const [only] = ports;
  return only !== undefined && ports.size === 1 ? only : "request";
}

/** A prefix is replaced where the match, which has one, found it. */
export function pathChange(modifier: PathModifierSpec | undefined, { path }: Match): PathChange | undefined {
  if (!modifier) return undefined;
  if (modifier.type.value === "ReplaceFullPath")
    return { kind: "full", path: modifier.replaceFullPath?.value ?? "" };
  return {
    kind: "prefix",
    size: prefixElements(path.value).length,
    to: prefixElements(modifier.replacePrefixMatch?.value ?? ""),
  };
}
