// What a service that counts for a whole mesh cannot count. Services such as envoyproxy/ratelimit know fixed windows of four
// lengths, and are asked before the response is there.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { parseDuration } from "../../schema/duration.ts";
import type { Span } from "../../source/span.ts";
import { algorithmOf } from "./algorithm.ts";
import type { LimitSpec, Spec } from "./schema.ts";

const WINDOWS: readonly (bigint | undefined)[] = ["1s", "1m", "1h", "1d"].map(parseDuration);

export function checkMesh(limit: LimitSpec, diagnostics: Diagnostics): void {
  if (limit.scope?.value !== "mesh") return;
  const algorithm = algorithmOf(limit);
  if (algorithm !== undefined && algorithm !== "fixedWindow") {
    const written = limit.algorithm?.span;
    diagnostics.error(
      "contradiction",
      `\`mesh\` counts fixed windows, and this limit is \`${algorithm}\`${written ? "" : " by default"}`,
      {
        span: written ?? limit.scope.span,
        help: "write `algorithm: fixedWindow`, or choose `scope: proxy`, where each Envoy counts for itself",
      },
    );
  }
  for (const { limit: quota, window } of limit.rates.items) {
    for (const place of [quota, window]) {
      if (!place?.hole) continue;
      diagnostics.error("parameter-misplaced", "the service of a `mesh` is told of rates beforehand", {
        span: place.span,
        help: "write the value: `tollgate export ratelimit-config` tells the service, and no filter can change it",
      });
    }
  }
  for (const { window } of algorithm === "concurrency" ? [] : limit.rates.items) {
    const length = window && parseDuration(window.value);
    if (!window || length === undefined || WINDOWS.includes(length)) continue;
    diagnostics.error("contradiction", `\`mesh\` has no windows of \`${window.value}\``, {
      span: window.span,
      help: "write `1s`, `1m`, `1h` or `1d`, which are what rate limit services count",
    });
  }
}

/** Where limits say that they are a mesh's. */
export function meshScopes({ limits }: Spec): Span[] {
  return limits.items.flatMap(({ item: { scope } }) => (scope?.value === "mesh" ? [scope.span] : []));
}
