// The filters under attack, each behind the host's proxy and behind a real Envoy, with one upstream that counts what gets
// through.
import type { PackagedFilter } from "../../compiler/index.ts";
import { envoyForTests } from "../../envoy/testing.ts";
import { envoyEngines } from "../engines/envoy.ts";
import { hostEngine } from "../engines/host.ts";
import { startEchoUpstream } from "../support/echo-upstream.ts";

export interface Attacked {
  /** Where a filter can be reached, by the proxy's name: `host`, and `envoy` where there is one. */
  ports(filter: string): readonly (readonly [proxy: string, port: number])[];
  /** How many requests have got through so far. */
  passed(): number;
  close(): Promise<void>;
}

/** @param filters by a name that is good for a file's, too */
export async function underAttack(filters: ReadonlyMap<string, PackagedFilter>): Promise<Attacked> {
  const upstream = await startEchoUpstream();
  const ports = new Map<string, [string, number][]>();
  const opened: { close(): Promise<void> }[] = [upstream];
  for (const [name, filter] of filters) {
    const host = await hostEngine(filter, upstream.url);
    opened.push(host);
    ports.set(name, [["host", host.port]]);
  }
  const path = await envoyForTests();
  if (path !== undefined) {
    const envoy = await envoyEngines(path, filters, upstream.url);
    opened.push(envoy);
    for (const name of filters.keys()) ports.get(name)?.push(["envoy", envoy.port(name)]);
  }
  return {
    ports: (filter) => ports.get(filter) ?? [],
    passed: () => upstream.requests(),
    close: async () => {
      for (const item of opened.reverse()) await item.close();
    },
  };
}
