// Envoy's RBAC filter in the plainest way, as far as Istio's compiler makes use of it: a second opinion on what policies mean.
// Written from Envoy's documentation of the filter, and shares nothing with the interpreter but the shape of requests.
import ipaddr from "ipaddr.js";
import type { Request } from "../ir/interpret.ts";

/** A permission or a principal, as the filter's configuration has it. */
export type Matcher = Readonly<Record<string, unknown>>;

/** Whether a permission or a principal matches. Throws on what Istio does not write. */
export function matches(matcher: Matcher, request: Request): boolean {
  const [[kind, body] = ["", undefined]] = Object.entries(matcher);
  const each = (name: string): Matcher[] => (body as Record<string, Matcher[]>)[name] ?? [];
  const inner = body as Matcher;
  switch (kind) {
    case "any":
      return body === true;
    case "andRules":
      return each("rules").every((m) => matches(m, request));
    case "andIds":
      return each("ids").every((m) => matches(m, request));
    case "orRules":
      return each("rules").some((m) => matches(m, request));
    case "orIds":
      return each("ids").some((m) => matches(m, request));
    case "notRule":
    case "notId":
      return !matches(inner, request);
    case "header":
      return headerMatches(inner, request);
    case "urlPath":
      return textMatches((inner["path"] ?? {}) as Matcher, pathOf(request));
    case "uriTemplate":
      return template(String((inner["typedConfig"] as Matcher)["pathTemplate"])).test(pathOf(request));
    case "destinationPort":
      return request.destination?.port === body;
    case "destinationIp":
      return isIn(request.destination?.address, inner);
    case "remoteIp":
      return isIn(request.client, inner);
    case "directRemoteIp":
      return isIn(request.peer, inner);
    case "requestedServerName":
      return textMatches(inner, request.sni ?? "");
    case "authenticated":
      return authenticated(inner, request);
    case "metadata":
      return metadataMatches(inner, request);
    default:
      throw new Error(`no ${kind} here`);
  }
}

function headerMatches(matcher: Matcher, request: Request): boolean {
  const name = String(matcher["name"]).toLowerCase();
  const values = request.headers.filter(([n]) => n === name).map(([, value]) => value);
  if (matcher["presentMatch"] === true) return values.length > 0;
  return values.some((value) => textMatches(matcher["stringMatch"] as Matcher, value));
}

const pathOf = (request: Request): string =>
  (request.headers.find(([name]) => name === ":path")?.[1] ?? "").replace(/[?#].*$/s, "");

function textMatches(matcher: Matcher, text: string): boolean {
  const fold = (t: string): string => (matcher["ignoreCase"] === true ? t.toLowerCase() : t);
  const { exact, prefix, suffix, safeRegex } = matcher;
  if (typeof exact === "string") return fold(text) === fold(exact);
  if (typeof prefix === "string") return fold(text).startsWith(fold(prefix));
  if (typeof suffix === "string") return fold(text).endsWith(fold(suffix));
  return new RegExp(`^(?:${String((safeRegex as Matcher)["regex"])})$`).test(text);
}

/** Envoy's `*` is a segment, `**` any number of them. */
function template(pattern: string): RegExp {
  const pchar = "[A-Za-z0-9._~%!$&'()*+,;:@=-]";
  const source = pattern
    .split(/(\*{1,2})/)
    .map((part) => (part === "*" ? `${pchar}+` : part === "**" ? `(?:${pchar}|/)*` : part));
  return new RegExp(`^${source.join("")}$`);
}

function isIn(address: string | undefined, block: Matcher): boolean {
  if (address === undefined) return false;
  const one = ipaddr.process(address);
  const network = ipaddr.parse(String(block["addressPrefix"]));
  return one.kind() === network.kind() && one.match(network, Number(block["prefixLen"] ?? 0));
}

function authenticated(matcher: Matcher, { identity }: Request): boolean {
  const names = [identity?.uri, identity?.dns, identity?.subject];
  return names.some((name) => textMatches(matcher["principalName"] as Matcher, name ?? ""));
}

function metadataMatches(matcher: Matcher, request: Request): boolean {
  const keys = (matcher["path"] as Matcher[]).map(({ key }) => String(key));
  const filter = String(matcher["filter"]);
  const tree =
    filter === "envoy.filters.http.jwt_authn" ? { payload: request.claims } : request.metadata?.[filter];
  const found = keys.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    tree,
  );
  return valueMatches(matcher["value"] as Matcher, found);
}

function valueMatches(matcher: Matcher, value: unknown): boolean {
  const { stringMatch, listMatch, orMatch } = matcher;
  if (stringMatch) return typeof value === "string" && textMatches(stringMatch as Matcher, value);
  if (listMatch) {
    const oneOf = (listMatch as Matcher)["oneOf"] as Matcher;
    return Array.isArray(value) && value.some((element) => valueMatches(oneOf, element));
  }
  const any = (orMatch as Matcher)["valueMatchers"] as Matcher[];
  return any.some((one) => valueMatches(one, value));
}
