// The shape of HeaderRoutePolicy (`tollgate.dev/v1alpha1`).
import { list, object, optional, required, string, type Read } from "../../schema/schema.ts";
import { celText } from "../../schema/texts.ts";
import { attachmentFields, attachmentRules } from "../attachment/schema.ts";
import { changes } from "./changes.ts";
import { match } from "./match.ts";
import { BACKEND, split } from "./split.ts";

const rule = object(
  {
    name: optional(string(), "a name for messages", "its place: `rules[N]`"),
    matches: optional(list(match), "any of which must hold", "every request"),
    condition: optional(
      celText("request.headers['x-beta'].startsWith('v2')"),
      "an expression in CEL that must hold besides; where it errors, the rule does not match",
    ),
    request: optional(changes, "changes to the request"),
    response: optional(changes, "changes to the response"),
    backend: optional(string(), BACKEND, "where an `HTTPRoute` or Envoy's own route leads"),
    split: optional(split, "splits the matching requests by weight"),
  },
  { example: "{ request: { set: [{ name: x-version, value: v2 }] } }" },
);

export const spec = object(
  {
    rules: required(list(rule), "the first that matches decides"),
    ...attachmentFields,
  },
  { between: attachmentRules },
);

export type Spec = Read<typeof spec>;
export type RuleSpec = Spec["rules"]["items"][number];
