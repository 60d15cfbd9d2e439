// Limits as policies, for our compiler.
import { stringify } from "yaml";
import { w2Policy } from "../authz/policies.ts";
import { generous, type Rate } from "./rate.ts";

export interface LimitOptions {
  readonly scope: "worker" | "proxy" | "mesh";
  /** Default: `generous`. */
  readonly rate?: Rate;
  /** The policy's name. Default: `fair-use`. */
  readonly name?: string;
  /** Default: a token bucket. Its windows have no burst. */
  readonly algorithm?: "fixedWindow";
  /** Default: none, as Envoy's own filters tell clients nothing unless they are told to. */
  readonly headers?: "Draft" | "XRateLimit" | "Off";
}

/** The name of the one limit that each policy has. */
export const LIMIT_NAME = "per-user";

/** A policy's document that counts by `x-user`. */
export function limitPolicy({
  scope,
  rate = generous,
  name = "fair-use",
  algorithm,
  headers = "Off",
}: LimitOptions): string {
  const { limit, window, burst } = rate;
  const ofBucket = algorithm === undefined ? { burst } : {};
  return document("RateLimitPolicy", name, {
    limits: {
      [LIMIT_NAME]: {
        key: [{ header: "x-user" }],
        ...(algorithm && { algorithm }),
        rates: [{ limit, window: `${window}ms`, ...ofBucket }],
        scope,
      },
    },
    headers,
  });
}

/** W1: `x-route` is `gold` where `x-tier` is, else `std`; the response gets `x-policy: ok`, as well, or in place of others. */
export function w1Policy(how: "add" | "set"): string {
  const becomes = (route: string): object => ({
    request: { set: [{ name: "x-route", value: route }] },
    response: { [how]: [{ name: "x-policy", value: "ok" }] },
  });
  const isGold = [{ headers: [{ name: "x-tier", value: "gold" }] }];
  return document("HeaderRoutePolicy", "tiers", {
    rules: [{ matches: isGold, ...becomes("gold") }, becomes("std")],
  });
}

/** W5: authorization, limits and routing in one bundle. */
export function w5Policies(limit: LimitOptions): string {
  return [w2Policy(), limitPolicy(limit), w1Policy("set")].join("---\n");
}

/** Where limits of `scope: mesh` are counted. */
export interface Service {
  readonly cluster: string;
  readonly port: number;
  readonly domain: string;
  /** How long a request waits, milliseconds. */
  readonly timeout: number;
}

/** Policies in a bundle that names the service of their limits. */
export function meshPolicies({ cluster, port, domain, timeout }: Service, policies: string): string {
  const rateLimitService = { cluster, address: `127.0.0.1:${port}`, timeout: `${timeout}ms`, domain };
  return [document("Bundle", "bench", { rateLimitService }), policies].join("---\n");
}

function document(kind: string, name: string, spec: object): string {
  // A bundle has no namespace.
  const metadata = kind === "Bundle" ? { name } : { name, namespace: "bench" };
  return stringify({ apiVersion: "tollgate.dev/v1alpha1", kind, metadata, spec });
}
