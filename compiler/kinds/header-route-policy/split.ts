// A stable split of requests among arms, by weight.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { headerKey } from "../../http/header-syntax.ts";
import { reportHeaderName } from "../../http/report.ts";
import { holesOf, isOpen } from "../../ir/parameters.ts";
import type { Split, StickyKey } from "../../ir/routing.ts";
import { claimName } from "../../schema/claim-name.ts";
import { fillableInteger } from "../../schema/fillable.ts";
import {
  firstLine,
  list,
  object,
  oneKey,
  optional,
  required,
  string,
  type Read,
} from "../../schema/schema.ts";
import { cookieName, headerName } from "../../schema/texts.ts";
import { changes, checkChanges, lowerChanges } from "./changes.ts";
import { lowerClaim } from "./match.ts";
import { checkClaimName, checkCookieName, checkUnique } from "./names.ts";

const stickyKey = oneKey(
  {
    header: required(headerName, "the name of a request header; its first value counts"),
    cookie: required(cookieName, "the name of a cookie; the first of it counts"),
    claim: required(
      claimName,
      "a claim of the verified token by its name, or by the names that lead to it; its first text counts",
    ),
    sourceAddress: required(object({}, { example: "{}" }), "the direct peer's address"),
  },
  { example: "{ header: x-user }", notYet: {} },
);

export const BACKEND = "the cluster that gets the requests: one of the bundle's `backends`";

const arm = object(
  {
    name: required(string(), "the arm's name; the share of keys it gets depends on it"),
    weight: required(fillableInteger(0, 1_000_000, "parts"), "its share, relative to the other arms"),
    request: optional(changes, "changes to the request"),
    response: optional(changes, "changes to the response"),
    backend: optional(string(), BACKEND, "the rule's"),
  },
  { example: "{ name: v2, weight: 10 }" },
);

export const split = object(
  {
    stickyBy: optional(
      list(stickyKey),
      "what makes two requests the same user; the first that is present counts",
      "`x-request-id`",
    ),
    arms: required(list(arm), "the versions among which requests are split"),
  },
  { example: "{ arms: [{ name: v1, weight: 90 }, { name: v2, weight: 10 }] }" },
);

export type SplitSpec = Read<typeof split>;

export function checkSplit(spec: SplitSpec, diagnostics: Diagnostics): void {
  const seen = new Set<string>();
  for (const key of spec.stickyBy?.items ?? []) {
    if (key.key === "header") reportHeaderName(key.value, diagnostics);
    if (key.key === "cookie") checkCookieName(key.value, diagnostics);
    if (key.key === "claim") checkClaimName(key.value, diagnostics);
    const id = JSON.stringify(lowerKey(key));
    if (seen.has(id)) {
      diagnostics.error("duplicate-name", "this key is there twice", {
        span: firstLine(key.span),
        help: "remove it: where the first of the two is absent, so is the second",
      });
    }
    seen.add(id);
  }
  const names: Parameters<typeof checkUnique>[2] = new Map();
  for (const one of spec.arms.items) {
    checkUnique(one.name, "arm", names, diagnostics);
    checkChanges(one, diagnostics);
  }
  if (
    spec.arms.items.length > 0 &&
    spec.arms.items.every(({ weight }) => weight.value === 0 && !isOpen(weight))
  ) {
    diagnostics.error("zero-weights", "the weights of this split add up to zero", {
      span: spec.keys.get("arms") ?? spec.span,
      help: "give at least one arm a weight above zero",
    });
  }
}

export function lowerSplit({ stickyBy, arms }: SplitSpec): Split {
  return {
    stickyBy: (stickyBy?.items ?? []).map(lowerKey),
    // An arm without weight gets no request, unless a configuration gives it one.
    arms: arms.items
      .filter(({ weight }) => weight.value > 0 || weight.hole)
      .map((one) => ({
        name: one.name.value,
        weight: one.weight.value,
        ...holesOf({ weight: one.weight.hole }),
        changes: lowerChanges(one),
        ...(one.backend && { backend: one.backend.value }),
      })),
  };
}

function lowerKey(key: Read<typeof stickyKey>): StickyKey {
  switch (key.key) {
    case "header":
      return { kind: "header", name: headerKey(key.value.value) };
    case "cookie":
      return { kind: "cookie", name: key.value.value };
    case "claim":
      return { kind: "claim", path: lowerClaim(key.value) };
    case "sourceAddress":
      return { kind: "peer" };
  }
}
