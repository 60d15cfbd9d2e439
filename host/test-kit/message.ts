/** Requests and responses as tests write them, and as the host takes them. */
import { HeaderMap } from "../header-map.ts";
import { addFields, type FieldsInit } from "./fields.ts";
import { bytesOf, toBinary } from "./text.ts";

/** The beginning of a request. */
export interface RequestHead {
  /** Default: `GET`. */
  method?: string;
  /** With the query. Default: `/`. */
  path?: string;
  /** Default: `localhost`. */
  authority?: string;
  /** Default: `http`. */
  scheme?: string;
  headers?: FieldsInit;
}

/** The beginning of a response. */
export interface ResponseHead {
  /** Default: 200. */
  status?: number;
  headers?: FieldsInit;
}

/** One piece, whose length is declared, or several that come one after the other. */
export type BodyInit = string | Uint8Array | ReadonlyArray<string | Uint8Array>;

export function requestHeaderMap(head: RequestHead, body?: BodyInit): HeaderMap {
  const { method = "GET", path = "/", authority = "localhost", scheme = "http" } = head;
  const map = new HeaderMap([
    [":authority", toBinary(authority)],
    [":path", toBinary(path)],
    [":method", toBinary(method)],
    [":scheme", scheme],
  ]);
  return declareLength(addFields(map, head.headers), body);
}

export function responseHeaderMap(head: ResponseHead, body?: BodyInit): HeaderMap {
  const map = new HeaderMap([[":status", String(head.status ?? 200)]]);
  return declareLength(addFields(map, head.headers), body);
}

/** The pieces of a body; none where there is none. */
export function piecesOf(body: BodyInit | undefined): Uint8Array[] {
  if (body === undefined) return [];
  const pieces: ReadonlyArray<string | Uint8Array> = isList(body) ? body : [body];
  return pieces.map(bytesOf).filter(({ length }) => length > 0);
}

function declareLength(map: HeaderMap, body: BodyInit | undefined): HeaderMap {
  if (body !== undefined && !isList(body) && map.get("content-length") === undefined)
    map.add("content-length", String(bytesOf(body).length));
  return map;
}

function isList(body: BodyInit): body is ReadonlyArray<string | Uint8Array> {
  return Array.isArray(body);
}
