// What fits the shape of a RateLimitPolicy but makes no sense.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { isHeaderName } from "../../http/header-syntax.ts";
import { bucketShape } from "../../ir/rates.ts";
import { parseDuration } from "./duration.ts";
import { rateOf } from "./rate.ts";
import type { Spec } from "./schema.ts";

export function check(spec: Spec, diagnostics: Diagnostics): void {
  for (const { name, item: limit } of spec.limits.items) {
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name.value)) {
      diagnostics.error("bad-name", `\`${name.value}\` is not a limit's name`, {
        span: name.span,
        help: "use lower-case letters, digits and `-`, at most 63 of them; the name appears in logs",
      });
    }
    for (const part of limit.key?.items ?? []) {
      if (part.key === "header" && !isHeaderName(part.value.value)) {
        diagnostics.error("bad-header-name", `\`${part.value.value}\` is not a header name`, {
          span: part.value.span,
          help: "a header name holds letters, digits and `-`, such as `x-user`",
        });
      }
    }
    const [rate, second] = limit.rates.items;
    if (second) {
      diagnostics.error("not-supported-yet", "several rates in one limit are not supported yet", {
        span: second.keys.get("limit") ?? second.span,
        help: "write one limit for each rate, with the same key: a request must pass all limits",
      });
    }
    if (!rate) continue; // it was reported
    if (parseDuration(rate.window.value) === undefined) {
      diagnostics.error("bad-duration", `\`${rate.window.value}\` is not a duration`, {
        span: rate.window.span,
        help: "write a number above zero and a unit, such as `500ms`, `1s`, `1m`, `1h30m` or `1d`",
      });
      continue;
    }
    if ((rate.keys.has("burst") && !rate.burst) || (limit.keys.has("cost") && !limit.cost)) continue; // likewise
    const burst = rate.burst ?? rate.limit;
    const cost = limit.cost?.value ?? 1;
    if (cost > burst.value) {
      diagnostics.error(
        "limit-out-of-range",
        `a request costs ${cost}, but the bucket holds only ${burst.value}`,
        {
          span: burst.span,
          label: "no request would ever pass",
          help: `raise \`${rate.burst ? "burst" : "limit"}\` to at least ${cost}, or lower \`cost\``,
        },
      );
    } else if (!bucketShape(rateOf(rate, name.value))) {
      diagnostics.error("limit-out-of-range", "this burst and window are too large to count exactly", {
        span: burst.span,
        help: "use a shorter window with a limit as much smaller: `1000` per `1h` instead of `24000` per `1d`",
      });
    }
  }
}
