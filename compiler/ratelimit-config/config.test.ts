import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { renderRateLimitConfig } from "./config.ts";

test("one rule for each rate, and none for keys", () => {
  const text = renderRateLimitConfig({
    domain: "shop",
    limits: [
      {
        name: "shop/fair-use/per-user",
        rates: [
          { item: "per-user-1m", requests: 100, unit: "minute" },
          { item: "per-user-1d", requests: 4_294_967_295, unit: "day" },
        ],
      },
      { name: "shop/fair-use/all", rates: [{ item: "all", requests: 5, unit: "second" }] },
    ],
  });
  expect(text).toBe(`# Written by \`tollgate export ratelimit-config\`, for github.com/envoyproxy/ratelimit.
# One rule for each rate; what a limit counts by comes with the request, as a digest.

domain: "shop"
descriptors:
  - key: "limit"
    value: "shop/fair-use/per-user/per-user-1m"
    descriptors:
      - key: "key"
        rate_limit:
          unit: "minute"
          requests_per_unit: 100
  - key: "limit"
    value: "shop/fair-use/per-user/per-user-1d"
    descriptors:
      - key: "key"
        rate_limit:
          unit: "day"
          requests_per_unit: 4294967295
  - key: "limit"
    value: "shop/fair-use/all/all"
    descriptors:
      - key: "key"
        rate_limit:
          unit: "second"
          requests_per_unit: 5
`);
});

test("without limits there is a domain all the same", () => {
  expect(parse(renderRateLimitConfig({ domain: "shop", limits: [] }))).toEqual({
    domain: "shop",
    descriptors: [],
  });
});
