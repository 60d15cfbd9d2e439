// The configuration of the shared rate limit service (github.com/envoyproxy/ratelimit) for the limits of one domain.
import { Document } from "yaml";

/** The limits of `scope: mesh` that one service counts. */
export interface RateLimitConfig {
  /** What keeps these limits from those of others that use the same service. Not empty. */
  readonly domain: string;
  /** Their names differ. */
  readonly limits: readonly MeshLimit[];
}

export interface MeshLimit {
  /** `<namespace>/<policy>/<limit>` */
  readonly name: string;
  readonly rates: readonly MeshRate[];
}

export interface MeshRate {
  /** The rate's name among those of its limit. */
  readonly item: string;
  /** 1 to 4,294,967,295 in each unit. */
  readonly requests: number;
  readonly unit: MeshUnit;
}

/** The windows that the service has, aligned to the clock (UTC). */
export type MeshUnit = "second" | "minute" | "hour" | "day";

/** How long a window is, in seconds. */
export const unitSeconds: Readonly<Record<MeshUnit, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86400,
};

/** What the filter has room for, in bytes: a rate's name (`rateName`), and a domain. */
export const RATE_NAME_BYTES_MAX = 768;
export const DOMAIN_BYTES_MAX = 256;

/** What the filter calls a rate when it asks the service for it: the value of the descriptor's entry `limit`. */
export function rateName(limit: MeshLimit, { item }: MeshRate): string {
  return `${limit.name}/${item}`;
}

/**
 * The YAML of a configuration file. The service needs one rule for each rate and none for keys: a key is the value of a second
 * entry, `key`, which the rule leaves open.
 *
 * @example
 * renderRateLimitConfig({
 *   domain: "shop",
 *   limits: [{ name: "shop/fair-use/per-user", rates: [{ item: "per-user", requests: 100, unit: "minute" }] }],
 * });
 */
export function renderRateLimitConfig({ domain, limits }: RateLimitConfig): string {
  const rates = limits.flatMap((limit) => limit.rates.map((rate) => ({ rate, name: rateName(limit, rate) })));
  const document = new Document({
    domain,
    descriptors: rates.map(({ rate, name }) => ({
      key: "limit",
      value: name,
      descriptors: [{ key: "key", rate_limit: { unit: rate.unit, requests_per_unit: rate.requests } }],
    })),
  });
  document.commentBefore =
    " Written by `tollgate export ratelimit-config`, for github.com/envoyproxy/ratelimit.\n" +
    " One rule for each rate; what a limit counts by comes with the request, as a digest.";
  // The service reads YAML 1.1, in which `on` or `1_0` are no texts unless they are quoted.
  return document.toString({ defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", lineWidth: 0 });
}
