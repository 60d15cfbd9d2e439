/** A route table: which cluster a request goes to, by its headers as they are when the filters are through. */
import type { HeaderMap } from "../header-map.ts";
import type { Backoff } from "../proxy/destination.ts";
import { clusterNamed, type ClusterConfig } from "./clusters.ts";
import type { Message } from "./message.ts";

/** What a route does with a request. */
export type RouteAction =
  | (Forwards & { readonly kind: "cluster"; readonly cluster: ClusterConfig })
  | (Forwards & { readonly kind: "cluster-header"; readonly header: string })
  | { readonly kind: "direct-response"; readonly status: number; readonly body: string };

interface Forwards {
  readonly timeoutMs: number;
  /** Each gets a copy of that share of requests, from 0 to 1. */
  readonly mirrors: readonly { readonly cluster: ClusterConfig; readonly share: number }[];
  /** Undefined: Envoy's own. */
  readonly backoff: Backoff | undefined;
}

export interface Route {
  readonly name: string;
  readonly virtualHost: string;
  readonly action: RouteAction;
  /** Request headers that the upstream does not get, lower-case. */
  readonly removed: readonly string[];
}

type Predicate = (headers: HeaderMap) => boolean;

interface VirtualHost {
  readonly name: string;
  readonly domains: string[];
  readonly routes: { matches: Predicate; route: Route }[];
}

type Clusters = ReadonlyMap<string, ClusterConfig>;

/** Envoy's default. */
const ROUTE_TIMEOUT_MS = 15_000;

/** The routes of one connection manager: `envoy.config.route.v3.RouteConfiguration`. */
export class RouteTable {
  private readonly hosts: VirtualHost[];

  private constructor(hosts: VirtualHost[]) {
    this.hosts = hosts;
  }

  static read(message: Message, clusters: Clusters): RouteTable {
    message.ignore("name", "validate_clusters");
    const removed = readRemoved(message);
    const hosts = message.list("virtual_hosts", (host) => readVirtualHost(host, clusters, removed));
    const seen = new Set<string>();
    for (const domain of hosts.flatMap(({ domains }) => domains)) {
      if (seen.has(domain)) message.refuse("virtual_hosts", `the domain \`${domain}\` stands here twice`);
      seen.add(domain);
    }
    return new RouteTable(hosts);
  }

  /** The clusters that routes name. */
  get clusters(): ClusterConfig[] {
    return this.hosts.flatMap(({ routes }) =>
      routes.flatMap(({ route: { action } }) => {
        if (action.kind === "direct-response") return [];
        const own = action.kind === "cluster" ? [action.cluster] : [];
        return [...own, ...action.mirrors.map(({ cluster }) => cluster)];
      }),
    );
  }

  /** The first route that matches in the virtual host whose domain fits best, or undefined. */
  find(headers: HeaderMap): Route | undefined {
    const authority = (headers.get(":authority") ?? "").toLowerCase();
    let best: VirtualHost | undefined;
    let bestScore = 0;
    for (const host of this.hosts)
      for (const domain of host.domains) {
        const score = domainScore(domain, authority);
        if (score > bestScore) [best, bestScore] = [host, score];
      }
    return best?.routes.find(({ matches }) => matches(headers))?.route;
  }
}

/** Exact before `*.suffix` before `prefix.*` before `*`, the longer before the shorter; 0: does not match. */
function domainScore(domain: string, authority: string): number {
  if (domain === authority) return 3e6;
  if (domain === "*") return 1;
  const rest = domain.length - 1;
  if (authority.length <= rest) return 0;
  if (domain.startsWith("*")) return authority.endsWith(domain.slice(1)) ? 2e6 + rest : 0;
  return domain.endsWith("*") && authority.startsWith(domain.slice(0, -1)) ? 1e6 + rest : 0;
}

function readRemoved(message: Message): string[] {
  return message.strings("request_headers_to_remove").map((name) => name.toLowerCase());
}

function readVirtualHost(message: Message, clusters: Clusters, above: readonly string[]): VirtualHost {
  const name = message.requiredString("name");
  const domains = message.strings("domains").map((domain) => domain.toLowerCase());
  if (domains.length === 0) message.refuse("domains", "is missing");
  const removed = [...above, ...readRemoved(message)];
  const routes = message.list("routes", (route) => readRoute(route, { name, removed }, clusters));
  return { name, domains, routes };
}

function readRoute(
  message: Message,
  virtualHost: { readonly name: string; readonly removed: readonly string[] },
  clusters: Clusters,
): { matches: Predicate; route: Route } {
  const name = message.string("name");
  const matches = message.message("match", readMatch);
  const action =
    message.optional("direct_response", readDirectResponse) ??
    message.message("route", (route) => readAction(route, clusters));
  const removed = [...virtualHost.removed, ...readRemoved(message)];
  return { matches, route: { name, virtualHost: virtualHost.name, action, removed } };
}

function readDirectResponse(message: Message): RouteAction {
  const status = message.number("status");
  if (status < 200 || status > 599) message.refuse("status", "a number from 200 to 599 is expected here");
  const body = message.optional("body", (source) => source.string("inline_string")) ?? "";
  return { kind: "direct-response", status, body };
}

function readAction(message: Message, clusters: Clusters): RouteAction {
  const forwards = {
    timeoutMs: message.milliseconds("timeout") ?? ROUTE_TIMEOUT_MS,
    mirrors: message.list("request_mirror_policies", (policy) => readMirror(policy, clusters)),
    backoff: message.optional("retry_policy", (policy) => policy.message("retry_back_off", readBackoff)),
  };
  const header = message.optionalString("cluster_header");
  if (header !== undefined) return { kind: "cluster-header", header: header.toLowerCase(), ...forwards };
  const cluster = clusterNamed(clusters, message.requiredString("cluster"), message.at("cluster"));
  return { kind: "cluster", cluster, ...forwards };
}

function readMirror(message: Message, clusters: Clusters): { cluster: ClusterConfig; share: number } {
  const cluster = clusterNamed(clusters, message.requiredString("cluster"), message.at("cluster"));
  if (!message.boolean("disable_shadow_host_suffix_append"))
    message.refuse("disable_shadow_host_suffix_append", "this host copies requests as they are");
  const share = message.optional("runtime_fraction", (fraction) =>
    fraction.message("default_value", (value) => {
      const per = value.word("denominator", "HUNDRED", "TEN_THOUSAND", "MILLION");
      return value.number("numerator") / { HUNDRED: 100, TEN_THOUSAND: 1e4, MILLION: 1e6 }[per];
    }),
  );
  return { cluster, share: share ?? 1 };
}

/** `config.route.v3.RetryPolicy.RetryBackOff`; what is tried again requests say, by Envoy's headers. */
function readBackoff(message: Message): Backoff {
  const baseMs = message.milliseconds("base_interval") ?? message.refuse("base_interval", "is missing");
  return { baseMs, maxMs: message.milliseconds("max_interval") ?? 10 * baseMs };
}

function readMatch(message: Message): Predicate {
  const path = readPathMatch(message);
  const headers = message.list("headers", readHeaderMatch);
  return (map) => path(map.get(":path") ?? "") && headers.every((matches) => matches(map));
}

function readPathMatch(message: Message): (path: string) => boolean {
  const prefix = message.optionalString("prefix");
  const exact = message.optionalString("path");
  const separated = message.optionalString("path_separated_prefix");
  const regex = message.optional("safe_regex", readRegex);
  const withoutQuery = (path: string): string => path.split("?", 1)[0] ?? "";
  if (exact !== undefined) return (path) => withoutQuery(path) === exact;
  if (regex !== undefined) return (path) => regex.test(withoutQuery(path));
  if (separated !== undefined)
    return (path) => withoutQuery(path) === separated || path.startsWith(`${separated}/`);
  if (prefix !== undefined) return (path) => path.startsWith(prefix);
  return message.refuse(
    "prefix",
    "is missing: a route matches by `prefix`, `path`, `path_separated_prefix` or `safe_regex`",
  );
}

function readHeaderMatch(message: Message): Predicate {
  const name = message.requiredString("name").toLowerCase();
  const inverted = message.boolean("invert_match");
  const missingIsEmpty = message.boolean("treat_missing_header_as_empty");
  const present = message.has("present_match") ? message.boolean("present_match") : undefined;
  const string = message.optional("string_match", readStringMatch) ?? readOldStringMatch(message);
  return (headers) => {
    const values = headers.getAll(name);
    if (present !== undefined || string === undefined)
      return values.length > 0 === ((present ?? true) !== inverted);
    // As Envoy: a header that is not there matches no text, inverted or not.
    if (values.length === 0 && !missingIsEmpty) return false;
    return string(values.join(",")) !== inverted;
  };
}

type TextPredicate = (text: string) => boolean;

function readStringMatch(message: Message): TextPredicate {
  const ignoreCase = message.boolean("ignore_case");
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const { exact, prefix, suffix, contains } = {
    exact: message.optionalString("exact"),
    prefix: message.optionalString("prefix"),
    suffix: message.optionalString("suffix"),
    contains: message.optionalString("contains"),
  };
  const regex = message.optional("safe_regex", readRegex);
  if (exact !== undefined) return (text) => fold(text) === fold(exact);
  if (prefix !== undefined) return (text) => fold(text).startsWith(fold(prefix));
  if (suffix !== undefined) return (text) => fold(text).endsWith(fold(suffix));
  if (contains !== undefined) return (text) => fold(text).includes(fold(contains));
  if (regex !== undefined) return (text) => regex.test(text);
  return message.refuse(
    "exact",
    "is missing: a text matches by `exact`, `prefix`, `suffix`, `contains` or `safe_regex`",
  );
}

/** The forms that Envoy still takes from before `string_match`. */
function readOldStringMatch(message: Message): TextPredicate | undefined {
  const exact = message.optionalString("exact_match");
  const prefix = message.optionalString("prefix_match");
  if (exact !== undefined) return (text) => text === exact;
  return prefix === undefined ? undefined : (text) => text.startsWith(prefix);
}

/** The whole text must match. RE2 knows less than JavaScript, so what Envoy takes is mostly taken alike here. */
function readRegex(message: Message): RegExp {
  const source = message.requiredString("regex");
  message.ignore("google_re2");
  try {
    return new RegExp(`^(?:${source})$`, "s");
  } catch (error) {
    return message.refuse("regex", (error as Error).message);
  }
}
