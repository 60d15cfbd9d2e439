// Header names and values as RFC 9110 allows them.

/** A token of RFC 9110, section 5.6.2. */
export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** A field name. Pseudo headers such as `:path` are none. */
export function isHeaderName(text: string): boolean {
  return HEADER_NAME.test(text);
}

/** A part of the request line that HTTP/2 writes as a header (RFC 9113, section 8.3): a request has each once. */
export function isPseudoHeader(name: string): boolean {
  return name.startsWith(":");
}

const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Whether a header, named in lower case, frames the message or belongs to the connection: changing it breaks messages or
 * lets requests be smuggled.
 */
export function isOfConnection(name: string): boolean {
  return OF_CONNECTION.has(name);
}

/** The name under which a proxy keeps a header: lower-case, and `host` is `:authority`, as Envoy's own look-ups have it. */
export function headerKey(name: string): string {
  const lower = name.toLowerCase();
  return lower === "host" ? ":authority" : lower;
}

/** Why a text cannot be a field value, or undefined where it can (RFC 9110, section 5.5). */
export function headerValueFault(text: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) return "it holds a control character";
  if (text !== text.trim()) return "it begins or ends with white space";
  return undefined;
}

/** UTF-8 bytes as a byte string: one character a byte. */
export function byteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
