// Hostnames that are none.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import type { Located } from "../../source/span.ts";
import { HOSTNAME } from "./hostnames.ts";

/** A hostname, of which the last label is no number: an address is none. */
export function checkHostname(
  { value, span }: Located<string>,
  diagnostics: Diagnostics,
  precise = false,
): void {
  const isOne = HOSTNAME.test(value) && value.length <= 253 && !(precise && value.startsWith("*"));
  if (isOne && !/(^|\.)[0-9]+$/.test(value)) return;
  const lower = value.toLowerCase();
  const label = value !== lower && HOSTNAME.test(lower) ? `did you mean \`${lower}\`?` : undefined;
  diagnostics.error("bad-value", `\`${value}\` is not a hostname`, {
    span,
    ...(label !== undefined && { label }),
    help: precise
      ? "write a name in lower case without a port, such as `shop.test`; addresses are none"
      : "write a name in lower case without a port, such as `shop.test` or `*.shop.test`; addresses are none",
  });
}
