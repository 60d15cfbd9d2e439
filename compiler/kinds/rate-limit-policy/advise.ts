// What is in order in a RateLimitPolicy and yet hardly meant.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { firstLine } from "../../schema/schema.ts";
import type { KeyPartSpec } from "./key.ts";
import type { LimitSpec, Spec } from "./schema.ts";

export function advise(spec: Spec, diagnostics: Diagnostics): void {
  const limits = spec.limits.items.map(({ item }) => item);
  const hops = spec.keys.get("trustedHops");
  if (hops && !limits.some(({ key }) => key?.items.some((part) => part.key === "sourceCIDR"))) {
    diagnostics.warning(
      "removal-without-effect",
      "no limit counts by address, so `trustedHops` says nothing",
      {
        span: hops,
        help: "leave it out, or count by `sourceCIDR`",
      },
    );
  }
  for (const limit of limits) adviseOnError(limit, diagnostics);
  // Beside a limit that holds whatever clients write, one by what they write is for the others among them.
  if (limits.some((limit) => chosenBy(limit) === undefined)) return;
  for (const limit of limits) {
    const part = chosenBy(limit);
    if (!part) continue;
    const what = part.key === "query" ? "query parameter" : "cookie";
    diagnostics.warning("can-be-evaded", `whoever changes this ${what} with every request is never limited`, {
      span: firstLine(part.span),
      help: "add a limit by what clients cannot choose, such as `sourceCIDR` or `claim`",
    });
  }
}

function adviseOnError({ scope, keys }: LimitSpec, diagnostics: Diagnostics): void {
  const onError = keys.get("onError");
  if (!onError || scope?.value === "mesh") return;
  diagnostics.warning("removal-without-effect", "nobody is asked, so `onError` says nothing", {
    span: onError,
    help: "leave it out: only `scope: mesh` asks a service, which may fail",
  });
}

/** The part of its key that is surely the client's to choose. Headers may be what something in front of us has set. */
function chosenBy({ key }: LimitSpec): KeyPartSpec | undefined {
  return key?.items.find((part) => part.key === "query" || part.key === "cookie");
}
