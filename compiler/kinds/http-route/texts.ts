// The texts of routes, for editors: each says as much of what the check asks for as a pattern can.
import { HEADER_NAME } from "../../http/header-syntax.ts";
import { noMatch, type JsonSchema } from "../../schema/json-schema.ts";
import type { TextShape } from "../../schema/schema.ts";
import { DNS_NAME } from "../../schema/texts.ts";
import { GATEWAY_DURATION } from "./duration.ts";
import { HOSTNAME, ORIGIN } from "./hostnames.ts";

export const DURATION: TextShape = {
  pattern: GATEWAY_DURATION.source,
  patternErrorMessage: "write numbers of up to five digits with their units, such as `10s` or `1m30s`",
};

/** Names become a part of a cluster's name, which a request header carries. */
export const LONGEST_NAME = 100;
export const NAME: TextShape = {
  pattern: DNS_NAME.source,
  patternErrorMessage: "use lower-case letters, digits, `-` and `.`, as Kubernetes does",
};

/** An address is no hostname. */
const NO_ADDRESS = noMatch("(^|\\.)[0-9]+$");
export const HOST: TextShape = {
  pattern: HOSTNAME.source,
  patternErrorMessage:
    "write a name in lower case without a port, such as `shop.test` or `*.shop.test`; addresses are none",
  maxLength: 253,
  allOf: [NO_ADDRESS],
};
export const NAMED_HOST: TextShape = {
  ...HOST,
  pattern: DNS_NAME.source,
  patternErrorMessage: "write a name in lower case without a port, such as `shop.test`; addresses are none",
};

export const QUERY_NAME: TextShape = {
  pattern: HEADER_NAME.source,
  patternErrorMessage: "the standard allows letters, digits and some signs, such as `animal` or `page.size`",
};

export const ORIGIN_TEXT: TextShape = {
  pattern: `^\\*$|${ORIGIN.source}`,
  patternErrorMessage:
    "write scheme and host, such as `https://shop.test`, `https://*.shop.test`, or `*` alone",
  // 0, and what is beyond 65535.
  allOf: [noMatch(":(0+|6553[6-9]|655[4-9][0-9]|65[6-9][0-9]{2}|6[6-9][0-9]{3}|[7-9][0-9]{4})$")],
};

const PATH_TEXT = "/([-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*";
const PATH_MESSAGE = "write it as it stands in a request, without the query, such as `/orders`";
const ELEMENTS: readonly JsonSchema[] = ["//", "/\\.\\.?(/|$)", "%2[fF]"].map(noMatch);

/** A path as the standard takes it. */
export const PATH: TextShape = {
  pattern: `^${PATH_TEXT}$`,
  patternErrorMessage: PATH_MESSAGE,
  maxLength: 1024,
  allOf: ELEMENTS,
};
/** One that replaces another; what is empty is `/`. */
export const PATH_OR_NOTHING: TextShape = { ...PATH, pattern: `^(${PATH_TEXT})?$` };
