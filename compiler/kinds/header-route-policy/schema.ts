// The shape of HeaderRoutePolicy (`tollgate.dev/v1alpha1`).
import { attachmentFields } from "../attachment/schema.ts";
import {
  integer,
  list,
  notYet,
  object,
  oneKey,
  optional,
  required,
  string,
  word,
  type Read,
} from "../../schema/schema.ts";

const WIDER = "without it the rule takes more requests";

const valueMatch = object(
  {
    name: required(string(), "the header's or cookie's name"),
    type: optional(
      word(
        ["Exact"],
        notYet(
          ["RegularExpression", "Prefix", "Suffix", "Contains", "Present"],
          "list the values as several `matches`",
        ),
      ),
      "how the value is compared",
      "`Exact`",
    ),
    value: required(string(), "the value it must have"),
  },
  { example: '{ name: x-beta, value: "1" }' },
);

const match = object(
  {
    headers: optional(list(valueMatch), "headers that must all match"),
    cookies: optional(list(valueMatch), "cookies that must all match"),
  },
  {
    example: '{ headers: [{ name: x-beta, value: "1" }] }',
    notYet: notYet(
      ["queryParams", "query", "claims", "method", "path", "condition"],
      `${WIDER}: match \`headers\` or \`cookies\`, or route by it in Envoy`,
    ),
  },
);

const header = object(
  {
    name: required(string(), "the header's name"),
    value: required(string(), "the value to set"),
  },
  { example: "{ name: x-version, value: v2 }" },
);

const changes = object(
  {
    set: optional(list(header), "headers to set to one value"),
    remove: optional(list(string()), "headers to remove"),
  },
  {
    example: "{ set: [{ name: x-version, value: v2 }] }",
    notYet: {
      add: "`set` replaces what a client sent, `add` would keep it: use `set`, or let Envoy's route add it",
      ...notYet(["rename", "copy", "map"], "set a header to a fixed value with `set`"),
    },
  },
);

const stickyKey = oneKey(
  {
    header: required(string(), "the name of a request header; its first value counts"),
    sourceAddress: required(object({}, { example: "{}" }), "the direct peer's address"),
  },
  {
    example: "{ header: x-user }",
    notYet: notYet(["claim", "cookie"], "stick by a `header`, or by `sourceAddress: {}`"),
  },
);

const BACKEND = "set a request header here, and choose the cluster by that header in Envoy's route";

const arm = object(
  {
    name: required(string(), "the arm's name; the share of keys it gets depends on it"),
    weight: required(integer(0, 1_000_000, "parts"), "its share, relative to the other arms"),
    request: optional(changes, "changes to the request"),
    response: optional(changes, "changes to the response"),
  },
  { example: "{ name: v2, weight: 10 }", notYet: { backend: BACKEND } },
);

const split = object(
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

const rule = object(
  {
    name: optional(string(), "a name for messages", "`rules[N]`"),
    matches: optional(list(match), "any of which must hold", "every request"),
    request: optional(changes, "changes to the request"),
    response: optional(changes, "changes to the response"),
    split: optional(split, "splits the matching requests by weight"),
  },
  {
    example: "{ request: { set: [{ name: x-version, value: v2 }] } }",
    notYet: { backend: BACKEND, condition: `${WIDER}: say it with \`matches\`` },
  },
);

export const spec = object({
  rules: required(list(rule), "the first that matches decides"),
  ...attachmentFields,
});

export type Spec = Read<typeof spec>;
export type RuleSpec = Spec["rules"]["items"][number];
export type ChangesSpec = NonNullable<RuleSpec["request"]>;
export type SplitSpec = NonNullable<RuleSpec["split"]>;
export type MatchSpec = NonNullable<RuleSpec["matches"]>["items"][number];
