// The bundle's rate limit service as programs have it.
import type { CheckedBundle } from "../2-check/check.ts";
import type { Program } from "../ir/program.ts";
import { parseHostPort } from "../net/host-port.ts";
import { parseDuration } from "../schema/duration.ts";

/** As Envoy's own rate limit filter. */
const STANDARD_TIMEOUT_MS = 20;
const NANOSECONDS = 1_000_000n;

/** The service, where one of the limits asks it. */
export function serviceFor(
  limits: Program["limits"],
  { name, spec }: CheckedBundle,
): Pick<Program, "rateLimitService"> {
  const service = spec?.rateLimitService;
  if (!service || !limits.some(({ scope }) => scope === "mesh")) return {};
  const address = service.address && parseHostPort(service.address.value);
  const timeout = service.timeout && parseDuration(service.timeout.value);
  return {
    rateLimitService: {
      cluster: service.cluster.value,
      ...(address && { address }),
      timeoutMs: timeout === undefined ? STANDARD_TIMEOUT_MS : Number(timeout / NANOSECONDS),
      domain: service.domain?.value ?? name,
    },
  };
}
