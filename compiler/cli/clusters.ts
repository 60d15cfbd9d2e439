// The clusters that a filter calls and chooses, as what runs it needs them.
import type { Routing } from "../../envoy/index.ts";
import { printable } from "../diagnostics/printable.ts";
import type { PackagedFilter } from "../index.ts";
import { CommandFailure, exitCode } from "./failure.ts";

/** What a cluster leads to, in the words of `envoy/`'s clusters. */
export interface Called {
  readonly upstream: URL;
  /** Absent: HTTP/1.1 will do. */
  readonly upstreamProtocol?: "http2";
}

/**
 * The clusters by name. Throws CommandFailure where the policies do not say where one of them is: requests would fail one by
 * one otherwise.
 */
export function calledClusters({ manifest }: PackagedFilter): ReadonlyMap<string, Called> {
  return new Map(
    (manifest.clusters ?? []).map(({ name, url, protocol }) => {
      if (url !== undefined)
        return [name, { upstream: new URL(url), ...(protocol && { upstreamProtocol: protocol }) }];
      throw new CommandFailure(
        `the filter calls the cluster \`${printable(name)}\`, and nothing says where that is`,
        `write it into the \`Bundle\` document, as \`rateLimitService: { cluster: ${printable(name)}, address: "HOST:PORT" }\``,
        exitCode.policies,
      );
    }),
  );
}

/** The same as origins alone. */
export function calledOrigins(filter: PackagedFilter): ReadonlyMap<string, URL> {
  return originsOf(calledClusters(filter));
}

/** Clusters as origins alone. */
export function originsOf(clusters: Routing["clusters"]): ReadonlyMap<string, URL> {
  return new Map([...clusters].map(([name, { upstream }]) => [name, upstream]));
}

/** Where the filter sends requests; undefined where it leaves that to the proxy. */
export function chosenRoutes({ manifest }: PackagedFilter): Routing | undefined {
  const { routing } = manifest;
  if (!routing) return undefined;
  const { backends, settings, always } = routing;
  return {
    clusters: new Map(backends.map(({ cluster, url }) => [cluster, { upstream: new URL(url) }])),
    settings,
    always,
  };
}

/** The service of requests for which the filter chooses none. Throws CommandFailure where there have to be some, and it is not named. */
export function upstreamOf(
  { manifest }: PackagedFilter,
  given: URL | undefined,
): { readonly upstream?: URL } {
  if (given) return { upstream: given };
  if (manifest.routing?.always === true) return {};
  throw new CommandFailure(
    manifest.routing
      ? "these policies do not choose a backend for each request"
      : "these policies choose no backend",
    "name the service behind the proxy with `--upstream`, such as `--upstream http://127.0.0.1:3000`",
  );
}
