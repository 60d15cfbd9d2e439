// Description → the request as a listener presents it to its filters.
import { pathOptions, presentRequest, type PathNormalization } from "../../host/index.ts";
import { byteString } from "../http/header-syntax.ts";
import type { Request } from "../ir/interpret.ts";
import { clientAddress } from "./client-address.ts";
import type { RequestDescription } from "./description.ts";
import type { Plain } from "./values.ts";

/** What holds where a description is silent. */
export const defaults = {
  method: "GET",
  path: "/",
  host: "localhost",
  address: "127.0.0.1",
  port: 10_000,
  /** Listeners make one up for each request; this one is always the same, and so are splits that nothing sticks to. */
  requestId: "00000000-0000-4000-8000-000000000000",
} as const;

/** The listener answers by itself: no filter sees the request. */
export interface Refused {
  readonly status: number;
  /** Response-code details. */
  readonly details: string;
}

export interface PresentOptions {
  /** What the listener does to paths; `BASE` where absent. */
  readonly normalization?: PathNormalization | undefined;
  /** A token in its compact form, and the header, or the place in the path or a cookie, that carries it. */
  readonly credentials?: Credentials | undefined;
}

/** Header fields that are added, or a parameter of the query. */
export interface Credentials {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly query?: string;
}

/** The request as filters see it, or why they do not. */
export function present(
  description: RequestDescription,
  { normalization = "BASE", credentials }: PresentOptions = {},
): Request | Refused {
  const { method, path, host, scheme, headers, body, sni, destination, metadata } = description;
  const sent = (headers?.items ?? []).flatMap(({ name, item }) =>
    item.map(({ value }) => [name.value.toLowerCase(), byteString(value)] as const),
  );
  const names = new Set(sent.map(([name]) => name));
  const fields = [
    ["host", host?.value ?? defaults.host],
    ...sent,
    ...(credentials?.headers ?? []),
    ...(body && !names.has("content-length")
      ? [["content-length", String(Buffer.byteLength(body.value))] as const]
      : []),
    ...(names.has("x-request-id") ? [] : [["x-request-id", defaults.requestId] as const]),
  ];
  const target = byteString(path?.value ?? defaults.path);
  const query = credentials?.query;
  const presented = presentRequest(
    {
      method: method?.value ?? defaults.method,
      url: query === undefined ? target : `${target}${target.includes("?") ? "&" : "?"}${query}`,
      rawHeaders: fields.flat(),
      httpVersionMajor: 1,
      httpVersionMinor: 1,
    },
    {
      paths: pathOptions(normalization),
      refuseUnderscores: true,
      tls: scheme ? scheme.value === "https" : sni !== undefined,
    },
  );
  if ("status" in presented) return { status: presented.status, details: presented.details };
  const seen = presented.entries();
  const peer = description.source?.address?.value ?? defaults.address;
  const identity = identityOf(description.source);
  return {
    headers: seen,
    peer,
    client: description.client?.value ?? clientAddress(seen, peer),
    destination: {
      address: destination?.address?.value ?? defaults.address,
      port: destination?.port?.value ?? defaults.port,
    },
    ...(sni && { sni: byteString(sni.value.toLowerCase()) }),
    ...(identity && { identity }),
    ...(metadata && {
      metadata: Object.fromEntries(metadata.items.map(({ name, item }) => [name.value, bytesOf(item.value)])),
    }),
  };
}

/** Whether the listener refused. */
export function isRefused(presented: Request | Refused): presented is Refused {
  return "status" in presented;
}

function identityOf(source: RequestDescription["source"]): Request["identity"] | undefined {
  const { principal, uri, dns, subject } = source ?? {};
  const name = uri?.value ?? (principal && `spiffe://${principal.value.replace(/^spiffe:\/\//, "")}`);
  if (name === undefined && !dns && !subject) return undefined;
  return {
    ...(name !== undefined && { uri: byteString(name) }),
    ...(dns && { dns: byteString(dns.value) }),
    ...(subject && { subject: byteString(subject.value) }),
  };
}

function bytesOf(value: Plain): Plain {
  if (typeof value === "string") return byteString(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(bytesOf);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, bytesOf(item)]));
}
