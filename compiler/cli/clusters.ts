// The clusters that a filter calls, as what runs it needs them.
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
  return new Map([...calledClusters(filter)].map(([name, { upstream }]) => [name, upstream]));
}
