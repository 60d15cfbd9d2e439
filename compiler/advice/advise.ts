// What is in order in policies and yet hardly meant, as only all rules of a filter together show: rules that no request gets to,
// that leave nothing to others, that match everything. Said only where it is proven, and within bounds, so that checking
// stays quick.
import { Diagnostics, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Checked } from "../index.ts";
import type { Origin, Program } from "../ir/program.ts";
import { firstLine } from "../schema/schema.ts";
import { adviseOnAuthorization } from "./authorization.ts";
import type { Finding } from "./finding.ts";
import { adviseOnLimits } from "./limits.ts";
import { adviseOnRoutes } from "./routes.ts";

/** The same, with what is found among the diagnostics. Nothing is looked for where there are errors. */
export function advised(checked: Checked): Checked {
  // Workloads with the same policies share a program.
  const programs = [...new Set(checked.targets.map(({ program }) => program))];
  const found = new Map<string, { origin: Origin; finding: Finding | undefined }>();
  for (const program of programs) {
    for (const verdict of verdictsOn(program)) {
      const { policy, part, span } = verdict.origin;
      const key = JSON.stringify([policy, part, span.file.path, span.start]);
      // What holds in one filter and not in the other is as it should be.
      const before = found.get(key);
      if (!before || verdict.finding?.name !== before.finding?.name) {
        found.set(key, before ? { ...before, finding: undefined } : verdict);
      }
    }
  }
  const diagnostics = new Diagnostics();
  for (const { origin, finding } of found.values()) {
    if (!finding || isSaid(origin, checked.diagnostics)) continue;
    const where = { span: firstLine(origin.span), help: finding.help };
    if (finding.severity === "warning") diagnostics.warning(finding.name, finding.message, where);
    else diagnostics.note(finding.name, finding.message, where);
  }
  if (diagnostics.all.length === 0) return checked;
  return { ...checked, diagnostics: merged(checked.diagnostics, diagnostics.sorted()) };
}

function verdictsOn(program: Program): readonly ReturnType<typeof adviseOnLimits>[number][] {
  return [...adviseOnAuthorization(program), ...adviseOnLimits(program), ...adviseOnRoutes(program)];
}

/** What the policy by itself showed already. */
const KNOWN = new Set(["rule-never-reached", "value-never-matches", "refuses-everything", "nothing-applies"]);

function isSaid({ span }: Origin, diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(
    ({ name, span: place }) =>
      KNOWN.has(name) && place?.file === span.file && place.start >= span.start && place.start < span.end,
  );
}

/** Both are in the order of files and places. */
function merged(first: readonly Diagnostic[], second: readonly Diagnostic[]): Diagnostic[] {
  const both = new Diagnostics();
  both.all.push(...first, ...second);
  return both.sorted();
}
