// Header modifiers that name a header twice, or one that no policy changes.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { reportHeaderValue, reportUnchangeable } from "../../http/report.ts";
import type { HeadersSpec } from "./schema.ts";

export function checkHeaders(
  message: "request" | "response",
  { set, add, remove }: HeadersSpec,
  diagnostics: Diagnostics,
): void {
  const written = [...(set?.items ?? []), ...(add?.items ?? [])];
  for (const { value } of written) {
    reportHeaderValue(value, diagnostics);
    if (value.value === "")
      diagnostics.error("bad-header-value", "the value is empty", {
        span: value.span,
        help: "write a value, or the name under `remove`",
      });
  }
  const seen = new Set<string>();
  for (const name of [...written.map((entry) => entry.name), ...(remove?.items ?? [])]) {
    reportUnchangeable(message, name, diagnostics);
    const lower = name.value.toLowerCase();
    if (seen.has(lower)) {
      diagnostics.error("duplicate-name", `the header \`${name.value}\` is changed twice`, {
        span: name.span,
        help: "the standard allows one change of each header in a filter: several values are one, with commas",
      });
    }
    seen.add(lower);
  }
}
