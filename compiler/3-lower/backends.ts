// The backends that a program's rules name.
import type { CheckedBundle } from "../2-check/check.ts";
import type { Program } from "../ir/program.ts";
import type { Backend } from "../ir/routing.ts";

/** Each once, in the order of their clusters' names. */
export function backendsOf(
  { httpRoutes, routes }: Pick<Program, "httpRoutes" | "routes">,
  { spec }: CheckedBundle,
): Backend[] {
  const urls = new Map((spec?.backends?.items ?? []).map(({ name, item }) => [name.value, item.value]));
  const named = new Set<string | undefined>([
    ...(httpRoutes?.rules ?? []).flatMap(({ action }) =>
      action.kind === "forward"
        ? [...action.backends, ...(action.setting?.mirrors ?? [])].map(({ cluster }) => cluster)
        : [],
    ),
    ...routes
      .flatMap(({ rules }) => rules)
      .flatMap(({ backend, split }) => [backend, ...(split?.arms ?? []).map((arm) => arm.backend)]),
  ]);
  return [...urls]
    .filter(([cluster]) => named.has(cluster))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cluster, url]) => ({ cluster, url: new URL(url).origin }));
}
