// The shape of Istio's RequestAuthentication (`security.istio.io/v1`), field for field.
import { boolean } from "../../schema/boolean.ts";
import { list, object, optional, required, string, type Read } from "../../schema/schema.ts";
import { attachmentFields } from "../attachment/schema.ts";

const fromHeader = object(
  {
    name: required(string(), "the header's name"),
    prefix: optional(
      string(),
      "what stands in front of the token; a value without it holds no token",
      "the whole value is the token",
    ),
  },
  { example: '{ name: x-token, prefix: "Token " }' },
);

const claimToHeader = object(
  {
    header: required(string(), "the header's name"),
    claim: required(
      string(),
      "the claim's name; dots lead into nested claims, unless a claim has the whole name",
    ),
  },
  { example: "{ header: x-user, claim: sub }" },
);

const jwtRule = object(
  {
    issuer: optional(string(), "whom the claim `iss` must name", "any issuer: with `jwksUri` only"),
    audiences: optional(list(string()), "texts of which the claim `aud` must hold one", "any audience"),
    jwks: optional(
      string("write the key set as a text: behind `|`, or in quotes"),
      "the issuer's key set, in JSON, or `file:` and the name of a file that holds it, beside the policy",
    ),
    jwksUri: optional(string(), "where the issuer publishes its key set, `https://…` or `http://…`"),
    jwks_uri: optional(string(), "the older name of `jwksUri`"),
    fromHeaders: optional(list(fromHeader), "headers that hold tokens"),
    fromParams: optional(list(string()), "query parameters that hold tokens"),
    fromCookies: optional(list(string()), "cookies that hold tokens"),
    outputPayloadToHeader: optional(
      string(),
      "the header that gets a verified token's payload, in base64url",
      "none",
    ),
    outputClaimToHeaders: optional(
      list(claimToHeader),
      "headers that get a claim's text, number or truth value",
      "none",
    ),
    forwardOriginalToken: optional(boolean, "whether the upstream gets the token too", "`false`"),
    timeout: optional(
      string("write a number and its unit in one word, such as `5s`"),
      "how long fetching the key set may take",
      "`5s`",
    ),
    spaceDelimitedClaims: optional(
      list(string()),
      "claims whose text is a list of words, besides `scope` and `permission`",
    ),
  },
  { example: '{ issuer: "https://issuer.example", jwksUri: "https://issuer.example/jwks.json" }' },
);

export const spec = object({
  jwtRules: optional(
    list(jwtRule, { mayBeEmpty: true }),
    "whose tokens are good, and where they are looked for",
    "no token is looked at",
  ),
  ...attachmentFields,
});

export type Spec = Read<typeof spec>;
export type JwtRule = NonNullable<Spec["jwtRules"]>["items"][number];
