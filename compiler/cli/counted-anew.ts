// What becomes of rate limits when one version of a filter takes over from another.
import type { PackagedFilter } from "../index.ts";

/**
 * The limits of both that lose what they have counted. Those of one worker live in the memory of the filter that goes, those
 * of the proxy in its shared data, under what they mean; a mesh's live in its service.
 */
export function countedAnew(before: PackagedFilter, after: PackagedFilter): string[] {
  return before.limits.flatMap(({ name, scope, identity }) => {
    const next = after.limits.find((limit) => limit.name === name);
    if (!next || next.scope === "mesh") return [];
    const goesOn = scope === "proxy" && next.identity === identity && after.vmId === before.vmId;
    return goesOn ? [] : [name];
  });
}
