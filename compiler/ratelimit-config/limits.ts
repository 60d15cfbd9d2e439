// The limits of programs as the service's configuration has them.
import type { Limit, Program, Rate } from "../ir/program.ts";
import { unitSeconds, type MeshLimit, type MeshRate, type MeshUnit, type RateLimitConfig } from "./config.ts";

/** What all filters of a bundle ask its service; undefined where none asks. A limit that several have is there once. */
export function rateLimitConfigOf(programs: readonly Program[]): RateLimitConfig | undefined {
  const limits = new Map<string, MeshLimit>();
  for (const limit of programs.flatMap((program) => program.limits)) {
    if (limit.scope === "mesh") limits.set(meshLimitOf(limit).name, meshLimitOf(limit));
  }
  const [domain] = programs.flatMap(({ rateLimitService }) => rateLimitService?.domain ?? []);
  return domain === undefined ? undefined : { domain, limits: [...limits.values()] };
}

/** A limit of the scope `mesh`, whose windows are all the service's. */
export function meshLimitOf({ origin, name, rates }: Limit): MeshLimit {
  return { name: `${origin.policy}/${name}`, rates: rates.map(meshRateOf) };
}

function meshRateOf({ item, limit, window }: Rate): MeshRate {
  const units = Object.entries(unitSeconds) as [MeshUnit, number][];
  const unit = units.find(([, seconds]) => BigInt(seconds) * 1_000_000_000n === window)?.[0];
  if (!unit) throw new Error(`an unchecked window of ${item}`);
  return { item, requests: limit, unit };
}
