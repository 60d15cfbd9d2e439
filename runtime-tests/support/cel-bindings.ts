// Requests as another implementation of CEL takes them.
import { celMap } from "@bufbuild/cel";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { celAttributes, type CelAttributeName } from "../../compiler/cel/attributes.ts";
import { attributeOf, type CelRequest } from "../../compiler/cel/request.ts";
import type { Request } from "../../compiler/ir/interpret.ts";

/** The attributes: texts as Unicode, absent ones left out. */
export function bindingsOf(request: Request & CelRequest): Record<string, unknown> {
  const roots: Record<string, Record<string, unknown>> = {
    request: {},
    source: {},
    destination: {},
    connection: {},
    auth: {},
  };
  for (const name of Object.keys(celAttributes) as CelAttributeName[]) {
    const [root = "", field = ""] = name.split(".");
    const found = attributeOf(name, request);
    const value = name === "request.headers" ? headersOf(request) : asBinding(name, found);
    const known = roots[root];
    if (known && value !== undefined) known[field] = value;
  }
  return roots;
}

function headersOf({ headers }: Request): unknown {
  return celMap(new Map(headers.map(([name, value]) => [name, unicode(value)])));
}

function asBinding(name: CelAttributeName, value: unknown): unknown {
  if (name === "auth.claims") return value;
  if (name === "request.time") return typeof value === "bigint" ? timestampOf(value) : undefined;
  if (Array.isArray(value)) return value.map((text) => unicode(text as string));
  return typeof value === "string" ? unicode(value) : value;
}

function timestampOf(nanoseconds: bigint): unknown {
  const timestamp = timestampFromDate(new Date(0));
  return { ...timestamp, seconds: nanoseconds / 1_000_000_000n, nanos: Number(nanoseconds % 1_000_000_000n) };
}

function unicode(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
