// Access logs in JSON: one object a line, as Envoy's `json_format` writes them.
import { InputError } from "../1-parse/files.ts";
import { printable } from "../diagnostics/printable.ts";
import { byteString } from "../http/header-syntax.ts";
import { Draft, faultOf, type RecordReader } from "./draft.ts";
import * as fields from "./fields.ts";
import { header, meaningOf, type Field } from "./fields.ts";

/** Lines under the names that Istio, Envoy Gateway and most people give the operators. */
export function jsonLines(): RecordReader {
  return reader(new Map());
}

/** Lines of a `json_format` of one's own: an object whose values are operators. Throws InputError. */
export function jsonLinesOf(format: string): RecordReader {
  let template: unknown;
  try {
    template = JSON.parse(format);
  } catch (error) {
    throw new InputError(
      `the log's format is no JSON: ${error instanceof Error ? error.message : String(error)}`,
      'write it as in Envoy\'s configuration: \'{"method":"%REQ(:METHOD)%","path":"%REQ(:PATH)%"}\'',
    );
  }
  const known = new Map<string, Field | null>();
  for (const [name, value] of Object.entries(template as object)) {
    const operator = typeof value === "string" ? /^%([^%]+(?:%[^%]+)*)%$/.exec(value)?.[1] : undefined;
    if (operator === undefined)
      throw new InputError(
        `\`${printable(name)}\` in the log's format is no operator`,
        "each value is one of Envoy's command operators, such as `%REQ(:METHOD)%`",
      );
    const meaning = meaningOf(operator);
    known.set(name, meaning === "ignored" ? null : meaning);
  }
  return reader(known);
}

/** `known`: what names mean; of others it is guessed, and remembered. */
function reader(known: Map<string, Field | null>): RecordReader {
  const isGuessing = known.size === 0;
  const fill = (draft: Draft, name: string, value: unknown): void => {
    if (value === null || value === "-" || value === "") return;
    if (typeof value === "object") {
      if (isGuessing && HEADERS.test(name))
        for (const [field, text] of Object.entries(value))
          for (const one of Array.isArray(text) ? (text as unknown[]) : [text])
            if (typeof one === "string") headerField(field.toLowerCase())(draft, bytes(one));
      return;
    }
    let field = known.get(name);
    if (field === undefined) {
      field = isGuessing ? guess(name) : null;
      if (known.size < MOST_NAMES) known.set(name, field);
    }
    if (field !== null) field(draft, typeof value === "string" ? bytes(value) : `${value as number}`);
  };
  return (line) => {
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch {
      return "it is no JSON";
    }
    if (typeof record !== "object" || record === null || Array.isArray(record)) return "it is no JSON object";
    const draft = new Draft();
    const members = record as Readonly<Record<string, unknown>>;
    for (const name in members) fill(draft, name, members[name]);
    return faultOf(draft) ?? draft;
  };
}

const MOST_NAMES = 1000;
const HEADERS = /^(request[._-]?)?headers$/i;
// eslint-disable-next-line no-control-regex -- what is not ASCII
const NOT_ASCII = /[^\x00-\x7f]/;

function bytes(text: string): string {
  return NOT_ASCII.test(text) ? byteString(text) : text;
}

function headerField(name: string): Field {
  const isPseudo = name.startsWith(":") || name === "host";
  return (isPseudo ? NAMES.get(name.replace(/^:/, "")) : undefined) ?? header(name);
}

/** What a name most likely means; null: nothing about the request. */
function guess(name: string): Field | null {
  const plain = name.toLowerCase().replace(/^:/, "");
  const known = NAMES.get(plain.replace(/[-.@]/g, "_"));
  if (known) return known;
  if (
    /^(upstream|downstream|response|resp|route|bytes|connection|protocol|duration|x[-_]envoy[-_]upstream)/.test(
      plain,
    )
  )
    return null;
  const isHeader = /^x[-_][a-z0-9_-]+$/.test(plain) || /^[a-z0-9]+(-[a-z0-9]+)+$/.test(plain);
  return isHeader ? header(plain.replaceAll("_", "-")) : null;
}

const all = (names: string, field: Field): readonly (readonly [string, Field])[] =>
  names.split(" ").map((name) => [name, field]);

/** A map: logs say `constructor` and `__proto__` as well. */
const NAMES: ReadonlyMap<string, Field> = new Map([
  ...all("method request_method http_method verb", fields.method),
  ...all("path request_path uri url request_uri x_envoy_original_path x_envoy_origin_path", fields.path),
  ...all("authority host request_host http_host", fields.authority),
  ...all("scheme", fields.scheme),
  ...all("start_time time timestamp _timestamp ts", fields.time),
  ...all(
    "downstream_direct_remote_address downstream_direct_remote_address_without_port peer_address",
    fields.peer,
  ),
  ...all("downstream_remote_address downstream_remote_address_without_port", fields.client),
  ...all("remote_address remote_addr client_address client_ip", fields.client),
  ...all("downstream_local_address", fields.destination),
  ...all("requested_server_name sni", fields.sni),
  ...all("downstream_peer_uri_san peer_uri_san", fields.uri),
  ...all("downstream_peer_dns_san peer_dns_san", fields.dns),
  ...all("downstream_peer_subject peer_subject", fields.subject),
  ...all("request_id x_request_id", header("x-request-id")),
  ...[
    "user-agent",
    "x-forwarded-for",
    "referer",
    "origin",
    "authorization",
    "cookie",
    "accept",
    "content-type",
  ].map((name) => [name.replaceAll("-", "_"), header(name)] as const),
]);
