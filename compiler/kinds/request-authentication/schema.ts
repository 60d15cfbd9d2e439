// The shape of Istio's RequestAuthentication (`security.istio.io/v1`), field for field.
import { boolean } from "../../schema/boolean.ts";
import { anyFieldOf, atMostOneOf } from "../../schema/json-schema.ts";
import { list, object, optional, required, string, text, type Read } from "../../schema/schema.ts";
import { cookieName, headerName, notEmpty } from "../../schema/texts.ts";
import { attachmentFields, attachmentRules } from "../attachment/schema.ts";
import { MOST_OUTPUTS, MOST_RULES, MOST_WORD_LISTS } from "./limits.ts";
import { TIME } from "./times.ts";

const jwksUri = text({
  pattern: "^[hH][tT][tT][pP][sS]?://",
  patternErrorMessage: "write an address such as `https://issuer.example/.well-known/jwks.json`",
});

const fromHeader = object(
  {
    name: required(headerName, "the header's name"),
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
    header: required(headerName, "the header's name"),
    claim: required(
      notEmpty,
      "the claim's name; dots lead into nested claims, unless a claim has the whole name",
    ),
  },
  { example: "{ header: x-user, claim: sub }" },
);

const jwtRule = object(
  {
    issuer: optional(notEmpty, "whom the claim `iss` must name", "any issuer: with `jwksUri` only"),
    audiences: optional(list(notEmpty), "texts of which the claim `aud` must hold one", "any audience"),
    jwks: optional(
      string("write the key set as a text: behind `|`, or in quotes"),
      "the issuer's key set, in JSON, or `file:` and the name of a file that holds it, beside the policy",
    ),
    jwksUri: optional(jwksUri, "where the issuer publishes its key set, `https://…` or `http://…`"),
    jwks_uri: optional(jwksUri, "the older name of `jwksUri`"),
    fromHeaders: optional(list(fromHeader), "headers that hold tokens"),
    fromParams: optional(list(notEmpty), "query parameters that hold tokens"),
    fromCookies: optional(list(cookieName), "cookies that hold tokens"),
    outputPayloadToHeader: optional(
      headerName,
      "the header that gets a verified token's payload, in base64url",
      "none",
    ),
    outputClaimToHeaders: optional(
      list(claimToHeader, { longest: MOST_OUTPUTS }),
      "headers that get a claim's text, number or truth value",
      "none",
    ),
    forwardOriginalToken: optional(boolean, "whether the upstream gets the token too", "`false`"),
    timeout: optional(
      text(TIME, "write a number and its unit in one word, such as `5s`"),
      "how long fetching the key set may take",
      "`5s`",
    ),
    spaceDelimitedClaims: optional(
      list(notEmpty, { longest: MOST_WORD_LISTS }),
      "claims whose text is a list of words, besides `scope` and `permission`",
    ),
  },
  {
    example: '{ issuer: "https://issuer.example", jwksUri: "https://issuer.example/jwks.json" }',
    between: [
      anyFieldOf("issuer", "jwksUri", "jwks_uri"),
      anyFieldOf("jwks", "jwksUri", "jwks_uri"),
      atMostOneOf("jwks", "jwksUri", "jwks_uri"),
    ],
  },
);

export const spec = object(
  {
    jwtRules: optional(
      list(jwtRule, { mayBeEmpty: true, longest: MOST_RULES }),
      "whose tokens are good, and where they are looked for",
      "no token is looked at",
    ),
    ...attachmentFields,
  },
  { between: attachmentRules },
);

export type Spec = Read<typeof spec>;
export type JwtRule = NonNullable<Spec["jwtRules"]>["items"][number];
