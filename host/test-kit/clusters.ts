import type { Clusters, ClusterTarget } from "../callouts/cluster.ts";
import type { Activity } from "./activity.ts";
import type { FakeClock } from "./clock.ts";
import { FakeGrpc } from "./fake-grpc.ts";
import { FakeUpstream, httpCluster } from "./fake-upstream.ts";

/** What a filter may call out to: played, or a real server's origin, or what the host knows as a cluster. */
export type ClusterInit = FakeUpstream | FakeGrpc | ClusterTarget;

/** @internal */
export function clusterMap(
  clusters: Readonly<Record<string, ClusterInit>>,
  clock: FakeClock,
  activity: Activity,
): Clusters {
  return new Map(
    Object.entries(clusters).map(([name, target]): [string, ClusterTarget] => {
      if (target instanceof FakeUpstream) return [name, httpCluster(target, clock, activity)];
      if (target instanceof FakeGrpc) return [name, target.cluster(activity)];
      activity.hasServers = true;
      return [name, target];
    }),
  );
}
