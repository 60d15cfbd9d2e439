// Faults of headers that policies name or write, as diagnostics.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isInternalHeader } from "../ir/route-headers.ts";
import { MAX_TEXT } from "../ir/routes.ts";
import type { Located } from "../source/span.ts";
import { headerValueFault, isHeaderName, isOfConnection } from "./header-syntax.ts";

/** Reports what is no header's name. */
export function reportHeaderName({ value, span }: Located<string>, diagnostics: Diagnostics): void {
  if (isHeaderName(value)) return;
  diagnostics.error("bad-header-name", `\`${value}\` is not a header name`, {
    span,
    help: "a header name holds letters, digits and `-`, such as `x-version`; pseudo headers are not for policies",
  });
}

/** Reports a header that no policy may change. */
export function reportUnchangeable(
  message: "request" | "response",
  name: Located<string>,
  diagnostics: Diagnostics,
): void {
  const lower = name.value.toLowerCase();
  if (isOfConnection(lower)) {
    diagnostics.error("bad-header-name", `\`${name.value}\` cannot be changed by a policy`, {
      span: name.span,
      help: "it belongs to the connection or frames the message; the proxy looks after it",
    });
  } else if (message === "request" && isInternalHeader(lower)) {
    diagnostics.error("bad-header-name", `\`${name.value}\` is written by the filter itself`, {
      span: name.span,
      help: "a cluster is chosen by `backend`; timeouts and retries are said in an `HTTPRoute`",
    });
  } else reportHeaderName(name, diagnostics);
}

/** Reports a text that is not, or not in whole, a header's value. `text`: what of it is looked at. */
export function reportHeaderValue(
  at: Located<string>,
  diagnostics: Diagnostics,
  text: string = at.value,
): void {
  const tooLong = Buffer.byteLength(text) > MAX_TEXT ? `it has more than ${MAX_TEXT} bytes` : undefined;
  const fault = headerValueFault(text) ?? tooLong;
  if (fault === undefined) return;
  diagnostics.error("bad-header-value", `this cannot be a header's value: ${fault}`, {
    span: at.span,
    help: "a header's value is one line of text without control characters, such as `v2`",
  });
}
