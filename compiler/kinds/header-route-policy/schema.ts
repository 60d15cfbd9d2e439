// The shape of HeaderRoutePolicy (`tollgate.dev/v1alpha1`).
import {
  integer,
  list,
  object,
  oneKey,
  optional,
  required,
  string,
  word,
  type Read,
} from "../../schema/schema.ts";

const valueMatch = object({
  name: required(string(), "the header's or cookie's name"),
  type: optional(
    word(["Exact"], ["RegularExpression", "Prefix", "Suffix", "Contains", "Present"]),
    "how the value is compared; `Exact` where absent",
  ),
  value: required(string(), "the value it must have"),
});

const match = object(
  {
    headers: optional(list(valueMatch), "headers that must all match"),
    cookies: optional(list(valueMatch), "cookies that must all match"),
  },
  { notYet: ["queryParams", "query", "claims", "method", "path", "condition"] },
);

const header = object({
  name: required(string(), "the header's name"),
  value: required(string(), "the value to set"),
});

const changes = object(
  {
    set: optional(list(header), "headers to set to one value"),
    remove: optional(list(string()), "headers to remove"),
  },
  { notYet: ["add", "rename", "copy", "map"] },
);

const stickyKey = oneKey(
  {
    header: required(string(), "the name of a request header; its first value counts"),
    sourceAddress: required(object({}), "the direct peer's address"),
  },
  ["claim", "cookie"],
);

const arm = object(
  {
    name: required(string(), "the arm's name; the share of keys it gets depends on it"),
    weight: required(integer(0, 1_000_000), "its share, relative to the other arms"),
    request: optional(changes, "changes to the request"),
    response: optional(changes, "changes to the response"),
  },
  { notYet: ["backend"] },
);

const split = object({
  stickyBy: optional(
    list(stickyKey),
    "what makes two requests the same user; the first that is present counts",
  ),
  arms: required(list(arm), "the versions among which requests are split"),
});

const rule = object(
  {
    name: optional(string(), "a name for logs and tests"),
    matches: optional(list(match), "any of which must hold; absent: every request"),
    request: optional(changes, "changes to the request"),
    response: optional(changes, "changes to the response"),
    split: optional(split, "splits the matching requests by weight"),
  },
  { notYet: ["backend", "condition"] },
);

export const spec = object(
  { rules: required(list(rule), "the first that matches decides") },
  { notYet: ["selector", "targetRefs"] },
);

export type Spec = Read<typeof spec>;
export type RuleSpec = Spec["rules"]["items"][number];
export type ChangesSpec = NonNullable<RuleSpec["request"]>;
export type SplitSpec = NonNullable<RuleSpec["split"]>;
