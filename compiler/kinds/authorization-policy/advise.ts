// AuthorizationPolicies that refuse everything or nothing: sometimes meant, and often a slip.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { firstLine } from "../../schema/schema.ts";
import type { Annotations } from "../kind.ts";
import { isDryRun } from "./dry-run.ts";
import { adviseOnEvasion } from "./evasion.ts";
import type { Spec } from "./schema.ts";

export function advise(spec: Spec, diagnostics: Diagnostics, annotations: Annotations): void {
  // What only counts lets everything by, whatever it says.
  if (spec.action?.value === "AUDIT" || isDryRun(annotations)) return;
  adviseOnReach(spec, diagnostics);
  adviseOnEvasion(spec, diagnostics);
}

function adviseOnReach({ action, rules, keys, span }: Spec, diagnostics: Diagnostics): void {
  const denies = action?.value === "DENY";
  if (rules && rules.items.length > 0) {
    for (const rule of denies ? rules.items : []) {
      if (rule.keys.size > 0) continue;
      diagnostics.warning(
        "refuses-everything",
        "this rule matches every request: the policy refuses everything",
        {
          span: firstLine(rule.span),
          help: "say with `from`, `to` or `when` which requests to refuse",
        },
      );
    }
    return;
  }
  const where = firstLine(rules?.span ?? keys.get("action") ?? span);
  if (denies) {
    diagnostics.warning("refuses-nothing", "a DENY policy without rules refuses nothing", {
      span: where,
      help: "say in `rules` what to refuse; `rules: [{}]` refuses everything",
    });
  } else {
    diagnostics.warning("refuses-everything", "an ALLOW policy without rules lets nothing by", {
      span: where,
      help: "what no other ALLOW policy lets by is refused; `rules: [{}]` lets everything by",
    });
  }
}
