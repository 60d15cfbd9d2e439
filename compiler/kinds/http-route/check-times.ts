// Timeouts and retries that cannot be.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import type { Located } from "../../source/span.ts";
import { milliseconds } from "./duration.ts";
import type { RuleSpec } from "./schema.ts";

export function checkTimeouts(
  { request, backendRequest }: NonNullable<RuleSpec["timeouts"]>,
  diagnostics: Diagnostics,
): void {
  const whole = request && checkDuration(request, diagnostics);
  const one = backendRequest && checkDuration(backendRequest, diagnostics);
  // A request without end may well have tries with one.
  if (!request || !backendRequest || !whole || one === undefined || one <= whole) return;
  diagnostics.error("contradiction", "one try may take longer than the whole request", {
    span: backendRequest.span,
    help: `\`request\` is \`${request.value}\`, which is for all tries: write no more than that`,
  });
}

export function checkRetry({ backoff }: NonNullable<RuleSpec["retry"]>, diagnostics: Diagnostics): void {
  if (!backoff || checkDuration(backoff, diagnostics) !== 0) return;
  diagnostics.error("bad-duration", "Envoy waits before it tries again", {
    span: backoff.span,
    help: "write at least `1ms`, or leave `backoff` out",
  });
}

function checkDuration({ value, span }: Located<string>, diagnostics: Diagnostics): number | undefined {
  const read = milliseconds(value);
  if (read === undefined) {
    diagnostics.error("bad-duration", `\`${value}\` is not a duration`, {
      span,
      help: "write numbers of up to five digits with the units `h`, `m`, `s` and `ms`, such as `10s` or `1m30s`",
    });
  }
  return read;
}
