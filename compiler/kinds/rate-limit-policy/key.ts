// What requests are counted by.
import { checkCelKey, expressionOf } from "../../cel/check.ts";
import { reportCel } from "../../cel/report.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { byteString, headerKey, isHeaderName } from "../../http/header-syntax.ts";
import type { KeyPart } from "../../ir/program.ts";
import { claimName } from "../../schema/claim-name.ts";
import { firstLine, integer, object, oneKey, required, optional, type Read } from "../../schema/schema.ts";
import { celText, cookieName, headerName, notEmpty } from "../../schema/texts.ts";
import type { Located } from "../../source/span.ts";

export const keyPart = oneKey(
  {
    header: required(headerName, "the value of a request header"),
    query: required(notEmpty, "the value of a query parameter, percent-decoded"),
    cookie: required(cookieName, "the value of the first cookie of this name"),
    claim: required(
      claimName,
      "a claim of the verified token by its name, or by the names that lead to it: `[realm, tenant]`",
    ),
    path: required(object({}, { example: "{}" }), "the path without the query: write `path: {}`"),
    sourceCIDR: required(
      object(
        {
          v4: optional(integer(0, 32, "bits"), "prefix length for IPv4 addresses", "32"),
          v6: optional(integer(0, 128, "bits"), "prefix length for IPv6 addresses", "64"),
        },
        { example: "{ v4: 32, v6: 64 }" },
      ),
      "the direct peer's address, or what `trustedHops` makes of it, cut to a prefix",
    ),
    expression: required(
      celText("request.headers['x-user']"),
      "an expression in CEL; all requests for which it errors share a key",
    ),
  },
  { example: "{ header: x-user }", notYet: {} },
);

export type KeyPartSpec = Read<typeof keyPart>;

/** Reports names that no request can have, expressions that are none, and what stands there twice. */
export function checkKey(parts: readonly KeyPartSpec[], diagnostics: Diagnostics): void {
  const seen = new Set<string>();
  for (const part of parts) {
    checkPart(part, diagnostics);
    const id = identityOf(part);
    if (seen.has(id)) {
      diagnostics.error("duplicate-name", "this part of the key is there twice", {
        span: firstLine(part.span),
        help:
          part.key === "sourceCIDR"
            ? "keep the one with the longer prefixes"
            : "remove it: it tells no further requests apart",
      });
    }
    seen.add(id);
  }
}

function checkPart(part: KeyPartSpec, diagnostics: Diagnostics): void {
  switch (part.key) {
    case "header":
      return checkHeaderName(part.value, diagnostics);
    case "query":
      return checkNotEmpty(part.value, "a query parameter", diagnostics);
    case "cookie":
      if (isHeaderName(part.value.value)) return;
      diagnostics.error("bad-name", `\`${part.value.value}\` is not a cookie's name`, {
        span: part.value.span,
        help: "a cookie's name holds letters, digits, `-` and `_`, such as `session`",
      });
      return;
    case "claim":
      for (const name of part.value.names) checkNotEmpty(name, "a claim", diagnostics);
      return;
    case "expression":
      return reportCel(part.value, checkCelKey(part.value.value), diagnostics);
    case "path":
    case "sourceCIDR":
  }
}

export function checkHeaderName({ value, span }: Located<string>, diagnostics: Diagnostics): void {
  if (isHeaderName(value)) return;
  diagnostics.error("bad-header-name", `\`${value}\` is not a header name`, {
    span,
    help: "a header name holds letters, digits and `-`, such as `x-user`",
  });
}

function checkNotEmpty({ value, span }: Located<string>, what: string, diagnostics: Diagnostics): void {
  if (value !== "") return;
  diagnostics.error("bad-name", `the name of ${what} is empty`, { span, help: "write its name" });
}

/** The same for what tells the same requests apart. Addresses cut at two places are one: the longer prefix says all. */
function identityOf(part: KeyPartSpec): string {
  switch (part.key) {
    case "header":
      return `header ${headerKey(part.value.value)}`;
    case "query":
    case "cookie":
    case "expression":
      return `${part.key} ${part.value.value}`;
    case "claim":
      return `claim ${JSON.stringify(part.value.names.map(({ value }) => value))}`;
    case "path":
    case "sourceCIDR":
      return part.key;
  }
}

/** `hops`: how many entries of `x-forwarded-for` are trusted. */
export function lowerKeyPart(part: KeyPartSpec, hops: number): KeyPart {
  switch (part.key) {
    case "header": {
      const name = headerKey(part.value.value);
      return name === ":authority" ? { kind: "host" } : { kind: "header", name };
    }
    case "query":
    case "cookie":
      return { kind: part.key, name: byteString(part.value.value) };
    case "claim":
      return { kind: "claim", path: part.value.names.map(({ value }) => byteString(value)) };
    case "path":
      return { kind: "path" };
    case "sourceCIDR":
      return { kind: "peer", v4Bits: part.value.v4?.value ?? 32, v6Bits: part.value.v6?.value ?? 64, hops };
    case "expression":
      return { kind: "cel", expression: expressionOf(checkCelKey(part.value.value)) };
  }
}
