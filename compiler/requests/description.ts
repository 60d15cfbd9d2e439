// A request as people write it down: in tests, and in files for `tollgate explain`.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { HEADER_NAME, headerValueFault, isHeaderName } from "../http/header-syntax.ts";
import { ALGORITHMS } from "../jwk/key.ts";
import { parseAddress } from "../net/block.ts";
import { integer, named, object, optional, string, text, word, type Read } from "../schema/schema.ts";
import { ADDRESS, HEADER } from "../schema/texts.ts";
import type { Located } from "../source/span.ts";
import { plainFields, texts } from "./values.ts";

const PATH = /^\/[^#\s]*$/;
const HOST = /^[A-Za-z0-9\-._~:@!$&'()*+,;=%[\]]+$/;

const method = text({ pattern: HEADER_NAME.source, examples: ["GET", "POST", "PUT", "PATCH", "DELETE"] });
const path = text({ pattern: PATH.source, patternErrorMessage: "a path begins with `/`" });
const host = text({ pattern: HOST.source });
const address = text(ADDRESS);
const headers = named(texts, "{ x-role: dev }", HEADER);

const source = object(
  {
    address: optional(address, "the address at the other end of the connection", "`127.0.0.1`"),
    principal: optional(
      string(),
      "whom the peer's certificate names, such as `cluster.local/ns/web/sa/cart`; short for `uri: spiffe://…`",
      "no certificate",
    ),
    uri: optional(string(), "the first URI in the peer's certificate", "none"),
    dns: optional(string(), "the first DNS name in the peer's certificate", "none"),
    subject: optional(string(), "the subject of the peer's certificate", "none"),
  },
  { example: "{ address: 10.0.0.9 }" },
);

const destination = object(
  {
    address: optional(address, "the address that the connection was made to", "`127.0.0.1`"),
    port: optional(integer(1, 65535), "its port", "10000"),
  },
  { example: "{ port: 8080 }" },
);

const token = object(
  {
    key: optional(
      string(),
      "the name of the key that signs: `test` is one that the issuer has, any other is a stranger's",
      "`test`",
    ),
    algorithm: optional(word(ALGORITHMS), "how it is signed", "as the issuer's keys allow"),
    claims: optional(
      plainFields,
      "what it says; `null` leaves a claim out",
      "`iss`, `aud`, `iat` and `exp` as a rule wants them",
    ),
  },
  { example: "{ claims: { sub: joe } }" },
);

/** The fields of a description. */
export const requestFields = {
  method: optional(method, "the method", "`GET`"),
  path: optional(path, "the path, with its query", "`/`"),
  host: optional(host, "the host, with its port where the client says one", "`localhost`"),
  scheme: optional(
    word(["http", "https"]),
    "whether the client came by TLS",
    "`https` with `sni`, else `http`",
  ),
  headers: optional(headers, "header fields, each with a text or a list of texts", "none"),
  body: optional(string(), "the body: only its length is looked at", "none"),
  source: optional(source, "the other end of the connection", "`127.0.0.1`, without a certificate"),
  client: optional(
    address,
    "the client's address after the proxies that are trusted",
    "the last one in `x-forwarded-for`, else the source's",
  ),
  destination: optional(destination, "where the connection was made to", "port 10000 of `127.0.0.1`"),
  sni: optional(string(), "the server name that a TLS client asked for", "none"),
  metadata: optional(plainFields, "dynamic metadata: by filter, a tree of texts", "none"),
  token: optional(
    token,
    "a token that is made for the request, in the place where a rule looks first",
    "none",
  ),
};

export const requestDescription = object(requestFields, { example: "{ method: GET, path: / }" });

/** A description as it was read, each part with its place. */
export type RequestDescription = Partial<Omit<Read<typeof requestDescription>, "span" | "keys">>;

export type TokenDescription = NonNullable<RequestDescription["token"]>;

/** Reports what fits the shape but is no request. */
export function checkDescription(request: RequestDescription, diagnostics: Diagnostics): void {
  const bad = ({ value, span }: Located<string>, what: string, help: string): void =>
    diagnostics.error("bad-value", `\`${value}\` is not ${what}`, { span, help });
  const { method, path, source: from, client, destination: to, host } = request;
  if (method && !isHeaderName(method.value)) bad(method, "a method", "a method is one word, such as `GET`");
  if (path && !path.value.startsWith("/"))
    bad(path, "a path", "a path begins with `/`; scheme and host have fields of their own");
  if (path && /[#\s]/.test(path.value))
    bad(path, "a path", "white space and `#` are no part of a request: write `%20`, and leave fragments out");
  if (host && !HOST.test(host.value))
    bad(host, "a host", "write a name or an address, such as `shop.test` or `shop.test:8080`");
  for (const address of [from?.address, client, to?.address]) {
    if (address && !parseAddress(address.value))
      bad(address, "an IP address", "write it without a port, such as `10.0.0.9` or `2001:db8::1`");
  }
  if (from?.principal && from.uri) {
    diagnostics.error("contradiction", "`principal` and `uri` both say whom the certificate names", {
      span: from.principal.span,
      help: "keep one of them: `principal: td/ns/a/sa/b` is `uri: spiffe://td/ns/a/sa/b`",
    });
  }
  for (const { name, item } of request.headers?.items ?? []) {
    const lower = name.value.toLowerCase();
    if (lower === "host" || lower.startsWith(":")) {
      diagnostics.error("bad-header-name", `\`${name.value}\` is no field of its own here`, {
        span: name.span,
        help: "write it as `host`, `method`, `path` or `scheme` of the request",
      });
    } else if (!isHeaderName(name.value)) bad(name, "a header's name", "use letters, digits and `-`");
    for (const value of item) {
      const fault = headerValueFault(value.value);
      if (fault === undefined) continue;
      diagnostics.error("bad-header-value", `this cannot be a header's value: ${fault}`, {
        span: value.span,
        help: "a header's value is one line of text without control characters",
      });
    }
  }
}

/** One description over another: what `over` says wins; headers, claims and the parts of a source field by field. */
export function merged(under: RequestDescription, over: RequestDescription): RequestDescription {
  const { source: from, destination: to, headers, metadata, token: made } = over;
  return {
    ...under,
    ...present(over),
    ...(from && { source: { ...under.source, ...present(from) } }),
    ...(to && { destination: { ...under.destination, ...present(to) } }),
    ...(headers && { headers: byName(under.headers, headers, (name) => name.toLowerCase()) }),
    ...(metadata && { metadata: byName(under.metadata, metadata) }),
    ...(made && {
      token: {
        ...under.token,
        ...present(made),
        ...(made.claims && { claims: byName(under.token?.claims, made.claims) }),
      },
    }),
  };
}

function present<T extends object>(part: T): T {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as T;
}

type Named<T> = { readonly items: readonly { name: Located<string>; item: T }[] } & Pick<
  Located<unknown>,
  "span"
>;

function byName<T>(
  under: Named<T> | undefined,
  over: Named<T>,
  key = (name: string): string => name,
): Named<T> {
  const said = new Set(over.items.map(({ name }) => key(name.value)));
  const kept = (under?.items ?? []).filter(({ name }) => !said.has(key(name.value)));
  return { items: [...kept, ...over.items], span: over.span };
}
