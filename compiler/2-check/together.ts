// What policies of one filter say together.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Surroundings } from "../kinds/gateway-api/surroundings.ts";
import { policyKinds } from "../kinds/index.ts";
import type { Selection } from "./select.ts";

/** Asks the kinds that have something to say about it, for each filter. */
export function checkTogether(
  selections: readonly Selection[],
  surroundings: Surroundings,
  diagnostics: Diagnostics,
): void {
  for (const { policies } of selections) {
    for (const kind of policyKinds) {
      const own = policies.filter((policy) => policy.kind === kind);
      if (own.length > 0) kind.checkTogether?.(own, surroundings, diagnostics);
    }
  }
}
