import { MapType, Status } from "../abi.ts";
import { lowerCase } from "../bytes.ts";
import { HeaderMap } from "../header-map.ts";
import {
  addJoined,
  INLINE_REQUEST_HEADERS,
  INLINE_RESPONSE_HEADERS,
  NO_INLINE_HEADERS,
  type InlineHeaders,
} from "../inline-headers.ts";
import type { Context, RootContext, StreamContext } from "../stream-context.ts";
import type { Machine } from "../machine.ts";
import type { HostCalls } from "./host-call.ts";

/** The map of a stream that the filter can reach, or null. */
function present(context: StreamContext, type: number): HeaderMap | null {
  switch (type) {
    case MapType.RequestHeaders:
      return context.requestHeaders;
    case MapType.RequestTrailers:
      return context.requestTrailers;
    case MapType.ResponseHeaders:
      return context.responseHeaders;
    case MapType.ResponseTrailers:
      return context.responseTrailers;
    default:
      return null;
  }
}

/** The map a filter may write now, or null. A message that ends with its body can still be given trailers. */
function writable(context: Context, type: number): HeaderMap | null {
  if (context.isRoot) return null;
  if (type === MapType.RequestTrailers && context.requestEnds) context.requestTrailers ??= new HeaderMap();
  if (type === MapType.ResponseTrailers && context.responseEnds) context.responseTrailers ??= new HeaderMap();
  return present(context, type);
}

/** What the callout whose callback runs has brought: there for every context, and never writable. */
function calloutMap(root: RootContext, type: number): HeaderMap | null {
  switch (type) {
    case MapType.GrpcInitialMetadata:
      return root.grpcMetadata;
    case MapType.GrpcTrailingMetadata:
      return root.grpcTrailers;
    case MapType.HttpCallHeaders:
      return root.httpCall?.headers ?? null;
    default: {
      const trailers = root.httpCall?.trailers;
      return trailers === undefined || trailers.size === 0 ? null : trailers;
    }
  }
}

/** What `on_log` may read. */
function logged(context: StreamContext, type: number): HeaderMap | null {
  if (type === MapType.RequestHeaders) return context.logRequestHeaders;
  if (type === MapType.ResponseHeaders) return context.logResponseHeaders;
  return type === MapType.ResponseTrailers ? context.logResponseTrailers : null;
}

/** The map a filter may read now, or null. */
function readable(machine: Machine, type: number): HeaderMap | null {
  const { context, root } = machine;
  if (type > MapType.ResponseTrailers) return calloutMap(root, type);
  if (context.isRoot) return null;
  return (context.logging ? logged(context, type) : null) ?? present(context, type);
}

function inlineOf(type: number): InlineHeaders {
  if (type === MapType.RequestHeaders) return INLINE_REQUEST_HEADERS;
  return type === MapType.ResponseHeaders ? INLINE_RESPONSE_HEADERS : NO_INLINE_HEADERS;
}

/** The name as the map keeps it; Envoy takes `host` of a request for `:authority`. */
function mapName(type: number, name: string): string {
  const lower = lowerCase(name);
  return lower === "host" && type === MapType.RequestHeaders ? ":authority" : lower;
}

const LAST_MAP = MapType.HttpCallTrailers;

/** The header maps. A map out of reach is BadArgument, but all its pairs are none at all with Ok. */
export const headerCalls: HostCalls = {
  proxy_get_header_map_value:
    (machine, call) => (type: number, key: number, keySize: number, addressOut: number, sizeOut: number) => {
      machine.enter(call);
      if (type >>> 0 > LAST_MAP) return Status.BadArgument;
      const name = machine.memory.readName(key, keySize);
      if (name === undefined) return Status.InvalidMemoryAccess;
      const { context } = machine;
      const map = readable(machine, type);
      let value = map?.get(mapName(type, name));
      if (value === undefined) {
        if (map === null && (context.isRoot || !context.logging)) return Status.BadArgument;
        if (machine.module.abiVersion !== "0.1.0") return Status.NotFound;
        value = "";
      }
      return machine.memory.giveString(value, addressOut, sizeOut);
    },

  proxy_get_header_map_pairs: (machine, call) => (type: number, addressOut: number, sizeOut: number) => {
    machine.enter(call);
    if (type >>> 0 > LAST_MAP) return Status.BadArgument;
    return machine.memory.givePairs(readable(machine, type), addressOut, sizeOut);
  },

  proxy_get_header_map_size: (machine, call) => (type: number, out: number) => {
    machine.enter(call);
    if (type >>> 0 > LAST_MAP) return Status.BadArgument;
    const map = writable(machine.context, type);
    return map === null ? Status.BadArgument : machine.memory.writeU32(out, map.byteSize);
  },

  proxy_add_header_map_value:
    (machine, call) => (type: number, key: number, keySize: number, value: number, valueSize: number) => {
      machine.enter(call);
      if (type >>> 0 > LAST_MAP) return Status.BadArgument;
      const name = machine.memory.readName(key, keySize);
      const text = machine.memory.readName(value, valueSize);
      if (name === undefined || text === undefined) return Status.InvalidMemoryAccess;
      const map = writable(machine.context, type);
      if (map === null) return Status.BadArgument;
      addJoined(map, mapName(type, name), text, inlineOf(type));
      return Status.Ok;
    },

  proxy_replace_header_map_value:
    (machine, call) => (type: number, key: number, keySize: number, value: number, valueSize: number) => {
      machine.enter(call);
      if (type >>> 0 > LAST_MAP) return Status.BadArgument;
      const name = machine.memory.readName(key, keySize);
      const text = machine.memory.readName(value, valueSize);
      if (name === undefined || text === undefined) return Status.InvalidMemoryAccess;
      const map = writable(machine.context, type);
      if (map === null) return Status.BadArgument;
      map.set(mapName(type, name), text);
      return Status.Ok;
    },

  proxy_remove_header_map_value: (machine, call) => (type: number, key: number, keySize: number) => {
    machine.enter(call);
    if (type >>> 0 > LAST_MAP) return Status.BadArgument;
    const name = machine.memory.readName(key, keySize);
    if (name === undefined) return Status.InvalidMemoryAccess;
    const map = writable(machine.context, type);
    if (map === null) return Status.BadArgument;
    map.remove(mapName(type, name));
    return Status.Ok;
  },

  proxy_set_header_map_pairs: (machine, call) => (type: number, pairs: number, size: number) => {
    machine.enter(call);
    if (type >>> 0 > LAST_MAP) return Status.BadArgument;
    const list = machine.memory.readPairs(pairs, size);
    if (list === undefined) return Status.InvalidMemoryAccess;
    const map = writable(machine.context, type);
    if (map === null) return Status.BadArgument;
    map.clear();
    for (const [name, value] of list) addJoined(map, mapName(type, name), value, inlineOf(type));
    return Status.Ok;
  },
};
