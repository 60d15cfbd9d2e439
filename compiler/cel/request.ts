// The attributes of a request, for the evaluator.
import { byteString } from "../http/header-syntax.ts";
import type { Request } from "../ir/interpret.ts";
import { celAttributes, type CelAttributeName } from "./attributes.ts";

/** What expressions may ask of a request beyond what other conditions do. */
export interface CelRequest {
  /** The verified token's payload as it came; absent: `claims` are as they came. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Properties that the proxy has, by attribute: texts are byte strings, numbers and times bigints. */
  readonly properties?: Partial<Readonly<Record<CelAttributeName, string | bigint | boolean>>>;
}

/** All values of a header. */
export function headerOf(name: string, request: Request): readonly string[] {
  return request.headers.filter(([n]) => n === name).map(([, value]) => value);
}

/** An attribute's value as the evaluator has it, or undefined where there is none. */
export function attributeOf(name: CelAttributeName, request: Request & CelRequest): unknown {
  const { from } = celAttributes[name];
  switch (from.kind) {
    case "header": {
      const values = headerOf(from.name, request);
      const [value] = values;
      return value === undefined || values.length > 1 ? undefined : partOf(value, from.part);
    }
    case "property": {
      const value = request.properties?.[name] ?? known(name, request);
      return from.notEmpty && value === "" ? undefined : value;
    }
    case "headers":
      return undefined;
    case "claims":
      return payloadOf(request) ?? {};
    case "issuer":
      return claim("iss", request);
    case "subject":
      return claim("sub", request);
    case "principal": {
      const [issuer, subject] = [claim("iss", request), claim("sub", request)];
      return issuer === undefined || subject === undefined ? undefined : `${issuer}/${subject}`;
    }
    case "audiences": {
      const audience = payloadOf(request)?.["aud"];
      const texts: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
      return texts.filter((text) => typeof text === "string").map(byteString);
    }
  }
}

function partOf(value: string, part: "url-path" | "query" | "lower-case" | undefined): string {
  switch (part) {
    case "url-path":
      return value.replace(/[?#].*$/s, "");
    case "query":
      return /^[^?]*\?([^#]*)/.exec(value)?.[1] ?? "";
    case "lower-case":
      return value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    case undefined:
      return value;
  }
}

/** What the request says of the connection in words of its own. */
function known(name: CelAttributeName, request: Request): string | bigint | boolean | undefined {
  const { destination, identity, sni } = request;
  const facts: Partial<Record<CelAttributeName, string | bigint | boolean | undefined>> = {
    "request.size": sizeOf(headerOf("content-length", request)[0] ?? "0"),
    "destination.port": destination && BigInt(destination.port),
    "destination.address": destination && address(destination.address, destination.port),
    "connection.requested_server_name": sni ?? "",
    "connection.subject_peer_certificate": identity?.subject,
    "connection.uri_san_peer_certificate": identity?.uri,
    "connection.dns_san_peer_certificate": identity?.dns,
    "connection.mtls": identity !== undefined,
  };
  return facts[name];
}

/** The body's size; nothing of it has come yet when a request is decided. */
function sizeOf(contentLength: string): bigint | undefined {
  return /^\d{1,18}$/.test(contentLength) ? BigInt(contentLength) : undefined;
}

function address(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The claims of the verified token, or undefined where there is no token. */
export function payloadOf(request: Request & CelRequest): Readonly<Record<string, unknown>> | undefined {
  return request.payload ?? request.claims;
}

function claim(name: string, request: Request & CelRequest): string | undefined {
  const value = payloadOf(request)?.[name];
  return typeof value === "string" ? byteString(value) : undefined;
}
