// What a rate limit service counts, and what is said of it elsewhere.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { rateLimit } from "../../testing/policies.ts";

const mesh = (fields: string, service = "{ cluster: ratelimit }"): string =>
  rateLimit(`  limits: { a: { scope: mesh, ${fields} } }\n---
apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: b }
spec: { rateLimitService: ${service} }
`);

describe("scope: mesh", () => {
  pin([
    {
      name: "all it counts",
      policies: mesh(
        `algorithm: fixedWindow, rates: [{ limit: 5, window: 1s }, { limit: 6, window: 60s }, { limit: 7, window: 1h }, { limit: 8, window: 24h }], onError: Allow`,
      ),
      finds: [],
    },
    {
      name: "no algorithm",
      policies: mesh(`rates: [{ limit: 5, window: 1s }]`),
      finds: [
        "error TG3019 p.yaml:5:25: `mesh` counts fixed windows, and this limit is `tokenBucket` by default = write `algorithm: fixedWindow`, or choose `scope: proxy`, where each Envoy counts for itself",
      ],
    },
    {
      name: "another algorithm, and another window",
      policies: mesh(`algorithm: gcra, rates: [{ limit: 5, window: 5m }]`),
      finds: [
        "error TG3019 p.yaml:5:42: `mesh` counts fixed windows, and this limit is `gcra` = write `algorithm: fixedWindow`, or choose `scope: proxy`, where each Envoy counts for itself",
        "error TG3019 p.yaml:5:76: `mesh` has no windows of `5m` = write `1s`, `1m`, `1h` or `1d`, which are what rate limit services count",
      ],
    },
    {
      name: "requests under way",
      policies: mesh(`algorithm: concurrency, rates: [{ limit: 5 }]`),
      finds: [
        "error TG3019 p.yaml:5:42: `mesh` counts fixed windows, and this limit is `concurrency` = write `algorithm: fixedWindow`, or choose `scope: proxy`, where each Envoy counts for itself",
      ],
    },
    {
      name: "other windows",
      policies: mesh(
        `algorithm: fixedWindow, rates: [{ limit: 5, window: 500ms }, { limit: 5, window: 1h30m }, { limit: 5, window: 1x }]`,
      ),
      finds: [
        "error TG3019 p.yaml:5:83: `mesh` has no windows of `500ms` = write `1s`, `1m`, `1h` or `1d`, which are what rate limit services count",
        "error TG3019 p.yaml:5:112: `mesh` has no windows of `1h30m` = write `1s`, `1m`, `1h` or `1d`, which are what rate limit services count",
        "error TG3005 p.yaml:5:141: `1x` is not a duration = write a number above zero and a unit, such as `500ms`, `1s`, `1m`, `1h30m` or `1d`",
      ],
    },
    {
      name: "a cost that the response tells",
      policies: mesh(
        `algorithm: fixedWindow, rates: [{ limit: 5, window: 1s }], cost: { responseHeader: x-cost }`,
      ),
      finds: [
        "error TG3019 p.yaml:5:96: the service of a `mesh` is told what a request costs when it is asked, so no response can tell the cost = write a number, or an expression over the request",
      ],
    },
    {
      name: "no service",
      policies: rateLimit(
        `  limits: { a: { scope: mesh, algorithm: fixedWindow, rates: [{ limit: 5, window: 1s }] }, b: { scope: mesh, algorithm: fixedWindow, rates: [{ limit: 5, window: 1h }] } }\n`,
      ),
      finds: [
        'error TG4005 p.yaml:5:25: `mesh` asks a service, and the bundle names none = write `rateLimitService: { cluster: ratelimit, address: "127.0.0.1:8081" }` into the `spec` of the bundle\'s `Bundle` document',
        'error TG4005 p.yaml:5:104: `mesh` asks a service, and the bundle names none = write `rateLimitService: { cluster: ratelimit, address: "127.0.0.1:8081" }` into the `spec` of the bundle\'s `Bundle` document',
      ],
    },
    {
      name: "a service that was reported",
      policies: mesh(`algorithm: fixedWindow, rates: [{ limit: 5, window: 1s }]`, `{ cluster: 5 }`),
      finds: ['error TG2004 p.yaml:10:38: expected a string, found a number = quote it: "5"'],
    },
  ]);
});

describe("onError", () => {
  pin([
    {
      name: "where nobody is asked",
      policies: rateLimit(`  limits: { a: { onError: Deny, rates: [{ limit: 5, window: 1s }] } }\n`),
      finds: [
        "warning TG3014 p.yaml:5:18: nobody is asked, so `onError` says nothing = leave it out: only `scope: mesh` asks a service, which may fail",
      ],
    },
  ]);
});
