// Texts that several kinds have, with what editors are told of them.
import { HEADER_NAME } from "../http/header-syntax.ts";
import { text, type TextShape } from "./schema.ts";

/** A text that says something. */
export const notEmpty = text({ minLength: 1 });

/** A header's name. */
export const HEADER: TextShape = {
  pattern: HEADER_NAME.source,
  patternErrorMessage: "a header's name holds letters, digits and `-`, such as `x-user`",
};
export const headerName = text(HEADER);

/** A cookie's name: a token of RFC 9110, as a header's. */
export const cookieName = text({
  pattern: HEADER_NAME.source,
  patternErrorMessage: "a cookie's name holds letters, digits, `-` and `_`, such as `session`",
});

/** An expression in CEL; `examples` show what it may say. */
export function celText(...examples: readonly string[]): ReturnType<typeof text> {
  return text({ minLength: 1, examples });
}

/** A number from 0 to 65535 in digits, leading zeros among them. */
export const PORT = "0*([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";

const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const V4 = `${OCTET}(\\.${OCTET}){3}`;
/** As far as a pattern can easily say it. */
const V6 = `([0-9A-Fa-f]{0,4}:){2,8}([0-9A-Fa-f]{0,4}|${V4})`;

/** An IP address, with a zone where there is one. */
export const ADDRESS: TextShape = {
  pattern: `^(${V4}|${V6}(%[\\s\\S]*)?)$`,
  patternErrorMessage: "write an IP address without a port, such as `10.0.0.9` or `2001:db8::1`",
};

/** An address, or a block of addresses. */
export const BLOCK: TextShape = {
  pattern: `^(${V4}(/([0-9]|[12][0-9]|3[0-2]))?|${V6}(/[0-9]{1,3})?)$`,
  patternErrorMessage: "write an address such as `10.1.2.3`, or a block such as `10.0.0.0/8`",
  examples: ["10.0.0.0/8"],
};

/** Names as Kubernetes has them: labels of lower-case letters, digits and `-`, with dots between them. */
export const DNS_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The most characters of one label of such a name. */
export const LONGEST_LABEL = 63;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export const DNS_LABEL: TextShape = {
  pattern: LABEL.source,
  patternErrorMessage: `use lower-case letters, digits and \`-\`, at most ${LONGEST_LABEL} of them`,
  maxLength: LONGEST_LABEL,
};

/** Whether a text is one label. */
export function isDnsLabel(text: string): boolean {
  return text.length <= LONGEST_LABEL && LABEL.test(text);
}
