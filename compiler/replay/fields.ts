// What Envoy's access-log operators say of a request: which part of a draft each fills.
import type { Draft } from "./draft.ts";

/** Takes what a log has for an operator. */
export type Field = (draft: Draft, value: string) => void;

/** `ignored`: an operator that is not about the request. */
export type Meaning = Field | "ignored";

/**
 * The meaning of an operator without its percent signs, such as `REQ(X-ENVOY-ORIGINAL-PATH?:PATH)`. Whatever else Envoy has is
 * about answers, upstreams and connections, and is passed over.
 */
export function meaningOf(operator: string): Meaning {
  const [, name = "", argument = ""] = /^([A-Z0-9_]+)(?:\((.*?)\))?(?::\d+)?$/s.exec(operator) ?? [];
  switch (name) {
    case "REQ":
    case "REQUEST_HEADER":
    case "REQ_WITHOUT_QUERY":
      return headerField(argument.toLowerCase().split("?"));
    case "PATH":
      return path;
    case "START_TIME":
    case "START_TIME_LOCAL":
      return time;
    case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS":
    case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT":
      return peer;
    case "DOWNSTREAM_REMOTE_ADDRESS":
    case "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":
      return client;
    case "DOWNSTREAM_LOCAL_ADDRESS":
      return destination;
    case "REQUESTED_SERVER_NAME":
      return sni;
    case "DOWNSTREAM_PEER_URI_SAN":
      return uri;
    case "DOWNSTREAM_PEER_DNS_SAN":
      return dns;
    case "DOWNSTREAM_PEER_SUBJECT":
      return subject;
    default:
      return "ignored";
  }
}

/** Of `REQ(A?B)` it cannot be told which of the two it was: a path is a path, and else it is the first. */
function headerField(names: readonly string[]): Field {
  const [name = ""] = names;
  return names.includes(":path") ? path : (PSEUDO.get(name) ?? header(name));
}

/** A header by its lower-case name. */
export function header(name: string): Field {
  return (draft, value) => void draft.headers.push([name, value]);
}

export const method: Field = (draft, value) => {
  draft.method = value;
};
export const path: Field = (draft, value) => {
  draft.path = value;
};
export const authority: Field = (draft, value) => {
  draft.authority = value;
};
export const scheme: Field = (draft, value) => {
  draft.scheme = value;
};
export const time: Field = (draft, value) => {
  draft.at = nanoseconds(value);
};
export const peer: Field = (draft, value) => {
  draft.peer = addressOf(value);
};
export const client: Field = (draft, value) => {
  draft.client = addressOf(value);
};
export const destination: Field = (draft, value) => {
  const port = /:(\d{1,5})$/.exec(value)?.[1];
  if (port !== undefined) draft.destination = { address: addressOf(value), port: Number(port) };
};
export const sni: Field = (draft, value) => {
  draft.sni = value;
};
export const uri: Field = (draft, value) => {
  // Of several the first counts.
  draft.uri = value.split(",", 1)[0];
};
export const dns: Field = (draft, value) => {
  draft.dns = value.split(",", 1)[0];
};
export const subject: Field = (draft, value) => {
  draft.subject = value;
};

const PSEUDO: ReadonlyMap<string, Field> = new Map([
  [":method", method],
  [":path", path],
  [":authority", authority],
  ["host", authority],
  [":scheme", scheme],
]);

/** Without its port. */
function addressOf(value: string): string {
  if (value.startsWith("[")) return value.slice(1, value.indexOf("]"));
  const colon = value.indexOf(":");
  return colon >= 0 && value.indexOf(":", colon + 1) < 0 ? value.slice(0, colon) : value;
}

/** A time in any of the notations that logs have; undefined where it is none. */
function nanoseconds(value: string): bigint | undefined {
  if (value.charCodeAt(10) === 0x54 /* T */) return milliseconds(instant(value));
  const [, whole = "", fraction = ""] = /^(\d{9,19})(?:\.(\d{1,9}))?$/.exec(value) ?? [];
  if (whole !== "") {
    const unit = whole.length <= 11 ? 9 : whole.length <= 14 ? 6 : whole.length <= 17 ? 3 : 0;
    return BigInt(whole + fraction.padEnd(unit, "0").slice(0, unit));
  }
  // The common log format: 10/Oct/2000:13:55:36 -0700.
  const common = /^(\d{1,2})\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d)(?: ([+-]\d{4}))?$/.exec(value);
  if (common)
    return milliseconds(Date.parse(`${common.slice(1, 4).join(" ")} ${common[4] ?? ""} ${common[5] ?? "Z"}`));
  return milliseconds(Date.parse(value));
}

// Lines of one second follow one another, and reading a date takes longer than looking whether it is the same.
let lastSecond = "";
let lastInstant = NaN;

/** Milliseconds of a date in the notation of RFC 3339. */
function instant(value: string): number {
  if (value.length !== 24 || !value.endsWith("Z") || value.charCodeAt(19) !== 0x2e) return Date.parse(value);
  const fraction = Number(value.slice(20, 23));
  if (!value.startsWith(lastSecond) || lastSecond === "") {
    lastSecond = value.slice(0, 19);
    lastInstant = Date.parse(`${lastSecond}Z`);
  }
  return lastInstant + fraction;
}

function milliseconds(date: number): bigint | undefined {
  return Number.isNaN(date) ? undefined : BigInt(date) * 1_000_000n;
}
