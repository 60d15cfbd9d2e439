// What a version did with a request, as far as versions are compared: who answers and how, where the request goes, and as what.
// Header fields that tell clients what limits have left, and what responses say besides, are not compared.
import type { Request } from "../ir/interpret.ts";
import { CLUSTER_HEADER } from "../ir/route-headers.ts";
import { HeaderMap, type LocalResponse } from "../../host/index.ts";

/** How a request ended. There are as many as policies have rules and backends: what is a request's own is in `Decided.own`. */
export interface Ending {
  readonly kind: "answer" | "forward";
  /** Of answers. */
  readonly status?: number;
  /** Of answers. */
  readonly details?: string;
  /** Of what goes on, where the filter chose. */
  readonly cluster?: string;
}

export interface Decided {
  readonly ending: Ending;
  /** A hash of what else is compared: where a redirect leads, and what is changed in the request. */
  readonly own: number;
}

export function endingKey({ kind, status = 0, details = "", cluster = "" }: Ending): string {
  return kind === "answer" ? `${status} ${details}` : `> ${cluster}`;
}

export function answered({
  status,
  details,
  headers,
  body,
}: Pick<LocalResponse, "status" | "details" | "headers" | "body">): Decided {
  let own = hash(START, headers.get("location") ?? "");
  for (const byte of body) own = Math.imul(own ^ byte, PRIME);
  return { ending: { kind: "answer", status, details }, own };
}

/** `sent`: the request's headers as the filter left them. */
export function forwarded(request: Request, sent: HeaderMap): Decided {
  const cluster = sent.get(CLUSTER_HEADER);
  return {
    ending: { kind: "forward", ...(cluster !== undefined && { cluster }) },
    own: changesHash(request.headers, sent),
  };
}

const START = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

function hash(start: number, text: string): number {
  let value = start;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), PRIME);
  return value;
}

/**
 * The same for the same changes, in whichever order they were made. A header whose values are the same before and behind adds
 * nothing, so most requests cost a comparison.
 */
function changesHash(before: Request["headers"], after: HeaderMap): number {
  const { size } = after;
  let sum = 0;
  const n = Math.min(size, before.length);
  let same = 0;
  while (same < n && before[same]?.[0] === after.nameAt(same) && before[same]?.[1] === after.valueAt(same))
    same++;
  if (same === size && same === before.length) return 0;
  // What stands behind is compared as a set of fields, each with its number among those of its name.
  for (let i = same; i < before.length; i++) {
    const [name, value] = before[i] ?? ["", ""];
    sum = (sum - fieldHash(name, value)) | 0;
  }
  for (let i = same; i < size; i++) {
    const name = after.nameAt(i);
    if (name !== CLUSTER_HEADER) sum = (sum + fieldHash(name, after.valueAt(i))) | 0;
  }
  return sum;
}

function fieldHash(name: string, value: string): number {
  return scrambled(hash(Math.imul(hash(START, name) ^ 0x3a, PRIME), value));
}

/** So that sums of hashes tell sets apart. */
function scrambled(value: number): number {
  let x = value ^ (value >>> 16);
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return x ^ (x >>> 16);
}
