import { expect, test } from "@jest/globals";
import { serviceRateName } from "../ir/rates.ts";
import { checkPolicies } from "../testing/findings.ts";
import { rateName } from "./config.ts";
import { rateLimitConfigOf } from "./limits.ts";

const policy = (scope: string): string => `apiVersion: tollgate.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: quota, namespace: shop }
spec:
  limits:
    a: { scope: ${scope}, algorithm: fixedWindow, rates: [{ limit: 1, window: 60s }, { limit: 2, window: 24h }] }
    b: { scope: ${scope}, algorithm: fixedWindow, rates: [{ limit: 3, window: 1s }] }
    c: { scope: proxy, rates: [{ limit: 4, window: 5s }] }
---
apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: shop }
spec: { rateLimitService: { cluster: counts } }
`;

test("limits of a mesh, whose rates are called as the filter calls them", () => {
  const programs = checkPolicies(policy("mesh")).targets.map(({ program }) => program);
  const config = rateLimitConfigOf(programs);
  expect(config).toEqual({
    domain: "shop",
    limits: [
      {
        name: "shop/quota/a",
        rates: [
          { item: "a-60s", requests: 1, unit: "minute" },
          { item: "a-24h", requests: 2, unit: "day" },
        ],
      },
      { name: "shop/quota/b", rates: [{ item: "b", requests: 3, unit: "second" }] },
    ],
  });
  const asked = programs
    .flatMap(({ limits }) => limits.filter(({ scope }) => scope === "mesh"))
    .flatMap(({ origin, name, rates }) =>
      rates.map(({ item }) => serviceRateName(origin.policy, name, item)),
    );
  expect(config?.limits.flatMap((limit) => limit.rates.map((rate) => rateName(limit, rate)))).toEqual(asked);
});

test("where nobody asks there is none", () => {
  const programs = checkPolicies(policy("worker")).targets.map(({ program }) => program);
  expect(rateLimitConfigOf(programs)).toBeUndefined();
});
