// What can be known when a limit is asked.
import { describe } from "@jest/globals";
import { pin } from "../../testing/pin.ts";
import { rateLimit } from "../../testing/policies.ts";

const before = (fields: string): string =>
  rateLimit(
    `  phase: BeforeAuthentication\n  limits: { a: { ${fields}, rates: [{ limit: 5, window: 1s }] } }\n`,
  );

describe("BeforeAuthentication", () => {
  pin([
    {
      name: "what the request says",
      policies: before(
        `when: [{ predicate: "request.method == 'GET'" }], key: [{ sourceCIDR: {} }, { expression: "request.method + 'auth.subject'" }]`,
      ),
      finds: [],
    },
    {
      name: "claims",
      policies: before(`key: [{ claim: sub }, { sourceCIDR: {} }]`),
      finds: [
        "error TG3019 p.yaml:6:33: a claim is not known before authentication = leave `phase` out, or put what counts by the token into a policy of its own",
      ],
    },
    {
      name: "the token in expressions",
      policies: before(
        `when: [{ predicate: "true" }, { predicate: "auth.issuer == 'a'" }], key: [{ expression: "auth.subject" }], cost: "size(auth.audiences)"`,
      ),
      finds: [
        "error TG3019 p.yaml:6:61: `auth` is not known before authentication = leave `phase` out, or put what counts by the token into a policy of its own",
        "error TG3019 p.yaml:6:106: `auth` is not known before authentication = leave `phase` out, or put what counts by the token into a policy of its own",
        "error TG3019 p.yaml:6:131: `auth` is not known before authentication = leave `phase` out, or put what counts by the token into a policy of its own",
      ],
    },
    {
      name: "behind authorization it is known",
      policies: before(`key: [{ claim: sub }]`).replace("BeforeAuthentication", "AfterAuthorization"),
      finds: [],
    },
    {
      name: "another word",
      policies: before(`key: [{ claim: sub }]`).replace("BeforeAuthentication", "BeforeAuthorization"),
      finds: [
        "error TG2007 p.yaml:5:10: expected one of `AfterAuthorization`, `BeforeAuthentication`, found `BeforeAuthorization` ^ did you mean `BeforeAuthentication`?",
      ],
    },
  ]);
});

describe("trustedHops", () => {
  pin([
    {
      name: "with addresses",
      policies: rateLimit(
        `  trustedHops: 2\n  limits: { a: { key: [{ sourceCIDR: {} }], rates: [{ limit: 5, window: 1s }] } }\n`,
      ),
      finds: [],
    },
    {
      name: "without",
      policies: rateLimit(
        `  trustedHops: 2\n  limits: { a: { key: [{ header: x }], rates: [{ limit: 5, window: 1s }] } }\n`,
      ),
      finds: [
        "warning TG3014 p.yaml:5:3: no limit counts by address, so `trustedHops` says nothing = leave it out, or count by `sourceCIDR`",
      ],
    },
    {
      name: "numbers",
      policies: rateLimit(
        `  trustedHops: -1\n  limits: { a: { key: [{ sourceCIDR: {} }], rates: [{ limit: 5, window: 1s }] } }\n`,
      ),
      finds: ["error TG2007 p.yaml:5:16: expected a whole number from 0 to 255, found `-1`"],
    },
  ]);
});

describe("headers", () => {
  pin([
    {
      name: "another word",
      policies: rateLimit(`  headers: On\n  limits: { a: { rates: [{ limit: 5, window: 1s }] } }\n`),
      finds: ["error TG2007 p.yaml:5:12: expected one of `Draft`, `XRateLimit`, `Off`, found `On`"],
    },
  ]);
});
