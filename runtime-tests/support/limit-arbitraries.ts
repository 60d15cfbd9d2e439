// Random RateLimitPolicies with all that one may say, but for what only a service counts, and requests that come near them.
import fc from "fast-check";
import { requests, type TimedRequest } from "./arbitraries.ts";

const names = ["x-a", "x-b", "x-user"] as const;

/** Some become predicates, some fail without the header, some stay expressions. */
const conditions = [
  "request.method != 'GET'",
  "request.headers['x-a'] == 'a'",
  "request.url_path.startsWith('/a') || 'x-b' in request.headers",
  "request.headers['x-a'] < request.headers['x-b']",
] as const;
/** Some are always known, some nothing, some negative, some fail without the header. */
const costs = [
  "1 + 1",
  "request.method == 'GET' ? 0 : 2",
  "size(request.url_path) - 2",
  "size(request.headers['x-a'])",
  "int(request.headers['x-b'])",
] as const;
const texts = [
  "request.url_path",
  "request.headers['x-a'] + request.method",
  "request.headers['x-b']",
] as const;

type Part = Readonly<Record<string, unknown>>;

const anyPart: fc.Arbitrary<Part> = fc.oneof(
  fc.constantFrom(...names, "host").map((header) => ({ header })),
  fc.constantFrom("user", "b").map((query) => ({ query })),
  fc.constantFrom("a", "b").map((cookie) => ({ cookie })),
  fc.constant({ path: {} }),
  fc
    .record({ v4: fc.constantFrom(0, 8, 24, 32), v6: fc.constantFrom(0, 48, 64, 128) })
    .map((sourceCIDR) => ({ sourceCIDR })),
  fc.constantFrom(...texts).map((expression) => ({ expression })),
);
const claim: fc.Arbitrary<Part> = fc
  .constantFrom("role", "sub", ["role"], ["a", "b"])
  .map((of) => ({ claim: of }));

/** Before authentication nothing is known of the token. */
function key(phase: string): fc.Arbitrary<Part[]> {
  return fc.uniqueArray(phase === "BeforeAuthentication" ? anyPart : fc.oneof(anyPart, anyPart, claim), {
    minLength: 1,
    maxLength: 3,
    selector: (part) =>
      "sourceCIDR" in part
        ? "sourceCIDR"
        : JSON.stringify(Object.values(part).flat()) + Object.keys(part).join(),
  });
}

const windows = ["700ms", "1s", "7s", "1m", "1h30m"] as const;
const small = fc.integer({ min: 1, max: 6 });
const rate = fc.record({
  limit: small,
  window: fc.constantFrom(...windows),
  burst: fc.option(small, { nil: undefined }),
});

function rates(algorithm: string, most: number): fc.Arbitrary<object[]> {
  if (algorithm === "concurrency")
    return fc.record({ limit: fc.integer({ min: most, max: most + 2 }) }).map((one) => [one]);
  const bucket = algorithm === "tokenBucket" || algorithm === "gcra";
  return fc.uniqueArray(rate, { minLength: 1, maxLength: 4, selector: ({ window }) => window }).map((list) =>
    list.map(({ limit, window, burst }) => {
      const least = Math.max(limit, most);
      if (!bucket || burst === undefined) return { limit: least, window };
      return { limit, window, burst: Math.max(burst, most) };
    }),
  );
}

const fixedCost = fc.integer({ min: 1, max: 3 });
function cost(algorithm: string): fc.Arbitrary<number | string | object | undefined> {
  const told = fc.constant({ responseHeader: "X-Cost" });
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: fixedCost },
    { weight: 2, arbitrary: fc.constantFrom(...costs) },
    ...(algorithm === "concurrency" ? [] : [{ weight: 1, arbitrary: told }]),
  );
}

const onLimit = fc.record(
  {
    status: fc.constantFrom(420, 429, 503),
    body: fc.constantFrom("", "slow down", "ü"),
    headers: fc.constantFrom({ "x-why": "quota" }, { "X-Why": "a", "x-more": "ü" }),
  },
  { requiredKeys: [] },
);

function limit(phase: string): fc.Arbitrary<object> {
  return fc
    .constantFrom("tokenBucket", "gcra", "slidingWindow", "fixedWindow", "concurrency")
    .chain((algorithm) =>
      cost(algorithm).chain((price) =>
        fc.record(
          {
            algorithm: fc.constant(algorithm),
            rates: rates(algorithm, typeof price === "number" ? price : 2),
            ...(price !== undefined && { cost: fc.constant(price) }),
            scope: fc.constantFrom("worker", "proxy"),
            key: key(phase),
            when: fc
              .array(fc.constantFrom(...conditions), { minLength: 1, maxLength: 2 })
              .map((list) => list.map((predicate) => ({ predicate }))),
            mode: fc.constantFrom("Enforce", "Enforce", "Shadow"),
            onLimit,
            maxKeys: fc.constantFrom(1000, 5000),
          },
          {
            requiredKeys: [
              "algorithm",
              "rates",
              "scope",
              ...(price === undefined ? [] : (["cost"] as const)),
            ],
          },
        ),
      ),
    );
}

/** The spec of a RateLimitPolicy. */
export const limitSpecs: fc.Arbitrary<object> = fc
  .constantFrom("AfterAuthorization", "BeforeAuthentication", undefined)
  .chain((phase) =>
    fc.record(
      {
        limits: fc
          .array(limit(phase ?? ""), { minLength: 1, maxLength: 3 })
          .map((list) => Object.fromEntries(list.map((of, i) => [`limit-${i}`, of]))),
        ...(phase !== undefined && { phase: fc.constant(phase) }),
        headers: fc.constantFrom("Draft", "XRateLimit", "Off"),
        trustedHops: fc.integer({ min: 0, max: 3 }),
      },
      { requiredKeys: ["limits", ...(phase === undefined ? [] : (["phase"] as const))] },
    ),
  );

/** Bundles of one or two RateLimitPolicies, as documents. */
export const limitBundles: fc.Arbitrary<object[]> = fc
  .array(limitSpecs, { minLength: 1, maxLength: 2 })
  .map((specs) =>
    specs.map((spec, i) => ({
      apiVersion: "tollgate.dev/v1alpha1",
      kind: "RateLimitPolicy",
      metadata: { name: `limits-${i}`, namespace: "a" },
      spec,
    })),
  );

/** A request, what its response tells of its cost, and how long it takes. */
export interface LimitedRequest extends TimedRequest {
  /** Values of `x-cost` in the response. */
  readonly told: readonly string[];
  /** After so many further requests its stream ends. */
  readonly lasts: number;
}

const forwarded = fc.array(
  fc.constantFrom(
    "9.9.9.9",
    " 10.0.0.1\t",
    "8.8.8.8, 9.9.9.9",
    ",",
    "",
    "2001:db8::1,::ffff:9.9.9.9",
    "9.9.9.9:80",
    "x",
  ),
  { maxLength: 3 },
);
const queries = ["", "?user=a", "?user=%61&b", "?user=a&user=b", "?b=a+b", "?b=a%2bb#b=c", "?user="] as const;
const told = fc.array(fc.constantFrom("0", "1", "3", "007", "x", "-1", "", "1.5", "99999999999999999999"), {
  maxLength: 2,
});

export const limitedRequests: fc.Arbitrary<LimitedRequest> = fc
  .record({
    request: requests,
    query: fc.constantFrom(...queries),
    forwarded,
    number: fc.option(fc.constantFrom("0", "1", "2", "-1", "4"), { nil: undefined }),
    told,
    lasts: fc.nat(3),
  })
  .map(({ request, query, forwarded: entries, number, ...more }) => ({
    ...request,
    headers: [
      ...request.headers.map(
        ([name, value]) => [name, name === ":path" ? value.replace(/\?.*$/s, "") + query : value] as const,
      ),
      ...entries.map((entry) => ["x-forwarded-for", entry] as const),
      ...(number === undefined ? [] : [["x-b", number] as const]),
    ],
    ...more,
  }));
