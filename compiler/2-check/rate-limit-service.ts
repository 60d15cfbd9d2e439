// The `rateLimitService` of a bundle: who counts for limits of the scope `mesh`.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { parseHostPort } from "../net/host-port.ts";
import { DURATION, parseDuration } from "../schema/duration.ts";
import { object, optional, required, text, type Read } from "../schema/schema.ts";
import type { Span } from "../source/span.ts";
import type { BundleSpec } from "./bundle.ts";

/** A request waits for it. */
const LONGEST_TIMEOUT = 10_000_000_000n;

/** What Envoy's names of clusters and the service's configuration can say without escapes. */
const NAME = /^[!-~]{1,255}$/;
const name = text({
  pattern: NAME.source,
  patternErrorMessage: "use up to 255 letters, digits and signs of ASCII, without white space",
});

export const rateLimitService = object(
  {
    cluster: required(name, "the name of Envoy's cluster of it, which speaks HTTP/2"),
    address: optional(
      text(
        {
          pattern: "^(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9._-]+):[0-9]{1,5}$",
          patternErrorMessage: "write host and port, such as `ratelimit.shop.test:8081`",
        },
        'quote it: "127.0.0.1:8081"',
      ),
      "where it listens, `HOST:PORT`, for the configurations that `tollgate` writes and runs",
      "your own configuration has the cluster",
    ),
    timeout: optional(
      text(
        { ...DURATION, examples: ["20ms", "100ms"] },
        "write a number and its unit in one word, such as `20ms`",
      ),
      "how long a request waits for its answer",
      "`20ms`, as in Envoy's own filter",
    ),
    domain: optional(name, "what the service knows the limits under", "the bundle's name"),
  },
  { example: '{ cluster: ratelimit, address: "127.0.0.1:8081" }' },
);

/** Reports a service that cannot be asked. */
export function checkRateLimitService(spec: Read<typeof rateLimitService>, diagnostics: Diagnostics): void {
  for (const [what, name] of [
    ["cluster", spec.cluster],
    ["domain", spec.domain],
  ] as const) {
    if (!name || NAME.test(name.value)) continue;
    diagnostics.error("bad-name", `\`${name.value}\` is not a ${what}'s name`, {
      span: name.span,
      help: "use up to 255 letters, digits and signs of ASCII, without white space",
    });
  }
  if (spec.address && !parseHostPort(spec.address.value)) {
    diagnostics.error("bad-address", `\`${spec.address.value}\` is not where a service listens`, {
      span: spec.address.span,
      help: "write host and port, such as `ratelimit.shop.test:8081` or `127.0.0.1:8081`",
    });
  }
  const timeout = spec.timeout && parseDuration(spec.timeout.value);
  if (spec.timeout && (timeout === undefined || timeout > LONGEST_TIMEOUT)) {
    diagnostics.error("bad-duration", `\`${spec.timeout.value}\` is no time to wait for the service`, {
      span: spec.timeout.span,
      help: "write a number and a unit, such as `20ms`: from 1ms to 10s",
    });
  }
}

/** Reports policies that ask a service which the bundle does not name. `asked`: where they say so. */
export function checkServiceNamed(
  bundle: { readonly spec: BundleSpec | undefined } | undefined,
  asked: readonly Span[],
  diagnostics: Diagnostics,
): void {
  // What is wrong with the bundle's own words was reported.
  if (bundle && (!bundle.spec || bundle.spec.keys.has("rateLimitService"))) return;
  for (const span of asked) {
    diagnostics.error("no-rate-limit-service", "`mesh` asks a service, and the bundle names none", {
      span,
      help: `write \`rateLimitService: ${rateLimitService.example ?? ""}\` into the \`spec\` of the bundle's \`Bundle\` document`,
    });
  }
}
