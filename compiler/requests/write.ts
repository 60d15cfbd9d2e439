// A request for people: as one line, and as YAML that reads as the same request again.
import { stringify } from "yaml";
import type { Request } from "../ir/interpret.ts";
import { printable } from "../diagnostics/printable.ts";
import { clientAddress } from "./client-address.ts";
import { defaults } from "./present.ts";

type Header = readonly [name: string, value: string];

/** What a listener adds by itself: nobody has to write it down. */
function isUsual([name, value]: Header, scheme: string): boolean {
  return (
    (name === "x-request-id" && value === defaults.requestId) ||
    (name === "x-forwarded-proto" && value === scheme)
  );
}

interface Parts {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly scheme: string;
  /** Without pseudo headers, and without what is usual. */
  readonly headers: readonly Header[];
}

/** A request's parts as they are written down. */
export function partsOf({ headers }: Request): Parts {
  const one = (name: string): string | undefined => headers.find(([n]) => n === name)?.[1];
  const scheme = one(":scheme") ?? "http";
  return {
    method: one(":method") ?? defaults.method,
    path: one(":path") ?? defaults.path,
    host: one(":authority"),
    scheme,
    headers: headers.filter((header) => !header[0].startsWith(":") && !isUsual(header, scheme)),
  };
}

/**
 * `GET /x  host: a.test  x-role: dev  source: 10.0.0.9`: method and path, then what else there is to it. Nothing in it steers a
 * terminal.
 */
export function requestLine(request: Request): string {
  const { method, path, headers, host, scheme } = partsOf(request);
  const { claims, metadata } = request;
  const fields: Header[] = [
    ...(host === undefined || host === defaults.host ? [] : [["host", host] as const]),
    ...headers,
    ...(scheme === "http" ? [] : [["scheme", scheme] as const]),
    ...factsOf(request),
    ...(claims ? [["claims", JSON.stringify(claims)] as const] : []),
    ...(metadata ? [["metadata", unicode(JSON.stringify(metadata))] as const] : []),
  ];
  return [`${method} ${path}`, ...fields.map(([name, value]) => `${name}: ${value === "" ? '""' : value}`)]
    .map((text) => printable(unicode(text)))
    .join("  ");
}

/** What is known of the connection, where it is not the usual. */
export function factsOf(request: Request): readonly Header[] {
  const { peer, client, destination, sni, identity } = request;
  const usualClient = clientAddress(request.headers, peer ?? defaults.address);
  return [
    ...(peer === undefined || peer === defaults.address ? [] : [["source", peer] as const]),
    ...Object.entries(identity ?? {}).map(([what, name]) => [nameOf(what), name] as const),
    ...(client === undefined || client === usualClient ? [] : [["client", client] as const]),
    ...(destination && !isUsualDestination(destination)
      ? [["destination", `${destination.address} port ${destination.port}`] as const]
      : []),
    ...(sni === undefined ? [] : [["sni", sni] as const]),
  ];
}

function nameOf(what: string): string {
  return what === "subject" ? "certificate subject" : `certificate ${what.toUpperCase()}`;
}

function isUsualDestination({ address, port }: { address: string; port: number }): boolean {
  return address === defaults.address && port === defaults.port;
}

/** The request's description as plain data: as YAML or JSON it reads as the same request. */
export function descriptionOf(request: Request): Readonly<Record<string, unknown>> {
  const { method, path, host, scheme, headers } = partsOf(request);
  const { peer, client, destination, sni, identity, metadata, claims } = request;
  const fields = new Map<string, string[]>();
  for (const [name, value] of headers) fields.set(name, [...(fields.get(name) ?? []), unicode(value)]);
  const usualScheme = sni === undefined ? "http" : "https";
  const { uri, dns, subject } = identity ?? {};
  const source = {
    ...(peer !== undefined && peer !== defaults.address && { address: peer }),
    ...(uri !== undefined && nameIn(unicode(uri))),
    ...(dns !== undefined && { dns: unicode(dns) }),
    ...(subject !== undefined && { subject: unicode(subject) }),
  };
  const usualClient = clientAddress(request.headers, peer ?? defaults.address);
  return {
    method,
    path: unicode(path),
    ...(host !== undefined && { host: unicode(host) }),
    ...(scheme !== usualScheme && { scheme }),
    ...(fields.size > 0 && {
      headers: Object.fromEntries(
        [...fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
      ),
    }),
    ...(Object.keys(source).length > 0 && { source }),
    ...(client !== undefined && client !== usualClient && { client }),
    ...(destination && !isUsualDestination(destination) && { destination }),
    ...(sni !== undefined && { sni: unicode(sni) }),
    ...(metadata && { metadata: unicodeIn(metadata) }),
    ...(claims && { token: { claims } }),
  };
}

function nameIn(uri: string): { principal: string } | { uri: string } {
  const name = /^spiffe:\/\/(.+)$/s.exec(uri)?.[1];
  return name === undefined ? { uri } : { principal: name };
}

/** The request as YAML, as `tollgate explain --request` and a test's `request` take it. */
export function requestYaml(request: Request): string {
  return stringify(descriptionOf(request), { lineWidth: 0 });
}

/** Bytes as the text that they most likely are. */
export function unicode(bytes: string): string {
  const buffer = Buffer.from(bytes, "latin1");
  const text = buffer.toString("utf8");
  return Buffer.from(text, "utf8").equals(buffer) ? text : bytes;
}

function unicodeIn(value: unknown): unknown {
  if (typeof value === "string") return unicode(value);
  if (Array.isArray(value)) return value.map(unicodeIn);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unicodeIn(item)]));
}
