// The attributes that expressions may look at: one table for checker, evaluator, emitter and documentation.
import type { CelType } from "./types.ts";

export interface CelAttribute {
  readonly type: CelType;
  /** One sentence for the documentation. */
  readonly doc: string;
  readonly from: CelOrigin;
}

/** What an attribute is read from. Unless its words say otherwise an attribute that is not there is an error. */
export type CelOrigin =
  /** A header's value, or a part of it. Absent where the header is, and where it is repeated. */
  | { readonly kind: "header"; readonly name: string; readonly part?: "url-path" | "query" | "lower-case" }
  /** A property of the proxy, by its path. `notEmpty`: an empty text stands for an absent one. */
  | { readonly kind: "property"; readonly path: readonly string[]; readonly notEmpty?: true }
  /** All of the headers, or something of the verified token. */
  | { readonly kind: "headers" | "claims" | "issuer" | "subject" | "principal" | "audiences" };

const table = {
  "request.method": {
    type: "string",
    doc: "The method.",
    from: { kind: "header", name: ":method" },
  },
  "request.path": {
    type: "string",
    doc: "The path with its query.",
    from: { kind: "header", name: ":path" },
  },
  "request.url_path": {
    type: "string",
    doc: "The path without its query.",
    from: { kind: "header", name: ":path", part: "url-path" },
  },
  "request.query": {
    type: "string",
    doc: "The query, without the `?`; empty where there is none.",
    from: { kind: "header", name: ":path", part: "query" },
  },
  "request.host": {
    type: "string",
    doc: "The host, with its port where one was given, in lower case.",
    from: { kind: "header", name: ":authority", part: "lower-case" },
  },
  "request.scheme": {
    type: "string",
    doc: "The scheme, such as `https`.",
    from: { kind: "header", name: ":scheme" },
  },
  "request.headers": {
    type: "headers",
    doc: "The headers by name: `request.headers['x-user']`, `'x-user' in request.headers`.",
    from: { kind: "headers" },
  },
  "request.referer": {
    type: "string",
    doc: "The header `referer`.",
    from: { kind: "header", name: "referer" },
  },
  "request.useragent": {
    type: "string",
    doc: "The header `user-agent`.",
    from: { kind: "header", name: "user-agent" },
  },
  "request.id": {
    type: "string",
    doc: "The header `x-request-id`.",
    from: { kind: "header", name: "x-request-id" },
  },
  "request.time": {
    type: "timestamp",
    doc: "When the request's first byte arrived.",
    from: { kind: "property", path: ["request", "time"] },
  },
  "request.size": {
    type: "int",
    doc: "The body's size in bytes as `content-length` says; without that, the bytes that are here already.",
    from: { kind: "property", path: ["request", "size"] },
  },
  "request.protocol": {
    type: "string",
    doc: "`HTTP/1.0`, `HTTP/1.1`, `HTTP/2` or `HTTP/3`.",
    from: { kind: "property", path: ["request", "protocol"] },
  },
  "source.address": {
    type: "string",
    doc: "The client's address and port, such as `10.0.0.9:4711`. Under a default listener the client's own `x-forwarded-for` decides it.",
    from: { kind: "property", path: ["source", "address"] },
  },
  "source.port": {
    type: "int",
    doc: "The client's port.",
    from: { kind: "property", path: ["source", "port"] },
  },
  "destination.address": {
    type: "string",
    doc: "The address and port that the connection was made to.",
    from: { kind: "property", path: ["destination", "address"] },
  },
  "destination.port": {
    type: "int",
    doc: "The port that the connection was made to.",
    from: { kind: "property", path: ["destination", "port"] },
  },
  "connection.mtls": {
    type: "bool",
    doc: "Whether the client showed a certificate.",
    from: { kind: "property", path: ["connection", "mtls"] },
  },
  "connection.tls_version": {
    type: "string",
    doc: "Such as `TLSv1.3`.",
    from: { kind: "property", path: ["connection", "tls_version"], notEmpty: true },
  },
  "connection.requested_server_name": {
    type: "string",
    doc: "The server name that the client asked for by TLS; empty where it asked for none.",
    from: { kind: "property", path: ["connection", "requested_server_name"] },
  },
  "connection.subject_peer_certificate": {
    type: "string",
    doc: "The subject of the client's certificate.",
    from: { kind: "property", path: ["connection", "subject_peer_certificate"], notEmpty: true },
  },
  "connection.uri_san_peer_certificate": {
    type: "string",
    doc: "The first URI in the client's certificate.",
    from: { kind: "property", path: ["connection", "uri_san_peer_certificate"], notEmpty: true },
  },
  "connection.dns_san_peer_certificate": {
    type: "string",
    doc: "The first DNS name in the client's certificate.",
    from: { kind: "property", path: ["connection", "dns_san_peer_certificate"], notEmpty: true },
  },
  "connection.sha256_peer_certificate_digest": {
    type: "string",
    doc: "The SHA-256 digest of the client's certificate, in hexadecimal.",
    from: { kind: "property", path: ["connection", "sha256_peer_certificate_digest"], notEmpty: true },
  },
  "auth.claims": {
    type: "dyn",
    doc: "The payload of the token that was verified: `auth.claims.realm.roles`. An empty object where there is no such token; numbers are doubles.",
    from: { kind: "claims" },
  },
  "auth.issuer": {
    type: "string",
    doc: "The claim `iss`.",
    from: { kind: "issuer" },
  },
  "auth.subject": {
    type: "string",
    doc: "The claim `sub`.",
    from: { kind: "subject" },
  },
  "auth.principal": {
    type: "string",
    doc: "Issuer, a slash, and subject.",
    from: { kind: "principal" },
  },
  "auth.audiences": {
    type: { list: "string" },
    doc: "The claim `aud`: the text in it, or the texts in its list; empty where there is no token or no audience.",
    from: { kind: "audiences" },
  },
} as const satisfies Readonly<Record<string, CelAttribute>>;

/** An attribute's full name, such as `request.method`. */
export type CelAttributeName = keyof typeof table;

export const celAttributes: Readonly<Record<CelAttributeName, CelAttribute>> = table;

export function isCelAttribute(name: string): name is CelAttributeName {
  return Object.hasOwn(celAttributes, name);
}
