// Names: of headers, cookies and claims, and those of the author's choice.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { isHeaderName } from "../../http/header-syntax.ts";
import type { ClaimSpec } from "../../schema/claim-name.ts";
import type { Located } from "../../source/span.ts";

/** Reports a name that is among those seen, and else notes it. */
export function checkUnique(
  name: Located<string>,
  what: string,
  seen: Map<string, Located<string>>,
  diagnostics: Diagnostics,
): void {
  if (seen.has(name.value)) {
    diagnostics.error("duplicate-name", `the ${what} \`${name.value}\` is there twice`, {
      span: name.span,
      help: `rename one, or remove it`,
    });
  } else {
    seen.set(name.value, name);
  }
}

export function checkCookieName({ value, span }: Located<string>, diagnostics: Diagnostics): void {
  if (isHeaderName(value)) return;
  diagnostics.error("bad-header-name", `\`${value}\` is not a cookie's name`, {
    span,
    help: "a cookie's name holds letters, digits, `-` and `_`, such as `beta`",
  });
}

export function checkClaimName({ names }: ClaimSpec, diagnostics: Diagnostics): void {
  for (const name of names) checkNotEmpty(name, "a claim", diagnostics);
}

export function checkNotEmpty(
  { value, span }: Located<string>,
  what: string,
  diagnostics: Diagnostics,
): void {
  if (value !== "") return;
  diagnostics.error("bad-name", `the name of ${what} is empty`, { span, help: "write its name" });
}
