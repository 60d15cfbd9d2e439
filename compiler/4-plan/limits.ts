// What limits need of the filter: room for their cells, and what they leave behind for the response and the stream's end.
import { createHash } from "node:crypto";
import type { CelValueExpression } from "../cel/expression.ts";
import type { KeyPart, Limit } from "../ir/program.ts";
import { slotOf, type Slot } from "../ir/slots.ts";
import { PlanFault } from "./fault.ts";

export interface PlannedLimit extends Limit {
  /** The same for the same policy, name, key and rates: what is counted under it means the same in another filter. */
  readonly identity: bigint;
  /** Cells side by side, a power of two of which a key's hash chooses one. */
  readonly sets: number;
  /** Cells of a set. */
  readonly ways: number;
  /** The decision whether it counts a request: outcome 1; undefined: it counts all. */
  readonly decision: number | undefined;
  /** Where in the stream's record its items stand: what answers say is left. */
  readonly items: number | undefined;
  /** The expressions whose values it counts by, and costs. */
  readonly values: readonly CelValueExpression[];
  /** Where in the stream's record the key stands that the stream's end or response asks for. */
  readonly hold: number | undefined;
}

/** Bytes of a cell besides its rates' states, and of a state: as `filters/runtime/limits/shape.ts` has it. */
const KEY_BYTES = 8;
const STATE_BYTES = 16;
const WAYS = 8;
/** Of an item and of a hold in the record: as `filters/runtime/limits/items.ts` and `hold.ts` have it. */
const ITEM_BYTES = 16;
const HOLD_BYTES = 16;
/** A worker's VM must find this much memory when it starts; Envoy has a VM a worker. */
const MAX_CELL_BYTES = 512 * 1024 * 1024;

/** Plans limits; their part of a stream's record begins at `offset`. `ask` notes what is to be decided. */
export function planLimits(
  limits: readonly Limit[],
  offset: number,
  ask: (limit: Limit) => number,
): { readonly limits: readonly PlannedLimit[]; readonly recordBytes: number; readonly itemsEnd: number } {
  let end = offset;
  const place = (bytes: number): number => {
    end += bytes;
    return end - bytes;
  };
  // Items first, side by side: a refusal forgets them all at once.
  const items = limits.map(({ fields, shadow, rates }) =>
    fields === "off" || shadow ? undefined : place(rates.length * ITEM_BYTES),
  );
  const itemsEnd = end === offset ? 0 : end;
  const planned = limits.map((limit, i): PlannedLimit => {
    const keyed = limit.key.length > 0;
    const always = limit.when.op === "constant" && limit.when.value;
    return {
      ...limit,
      identity: identityOf(limit),
      sets: keyed ? setsFor(limit.maxKeys) : 1,
      ways: keyed ? WAYS : 1,
      decision: always ? undefined : ask(limit),
      items: items[i],
      values: [...limit.key, limit.cost].flatMap((part) => (part.kind === "cel" ? [part.expression] : [])),
      hold:
        limit.algorithm === "concurrency" || limit.cost.kind === "response-header"
          ? place(HOLD_BYTES)
          : undefined,
    };
  });
  checkMemory(planned);
  checkWaiting(planned);
  return { limits: planned, recordBytes: end, itemsEnd };
}

/** The slots that keys are read from. */
export function limitSlots(limits: readonly Limit[]): Slot[] {
  return limits.flatMap(({ key }) => key.flatMap(keySlots));
}

function keySlots(part: KeyPart): Slot[] {
  switch (part.kind) {
    case "cel":
      return [];
    case "query":
      return [{ from: "header", name: ":path?" }];
    case "peer":
      return part.hops > 0 ? [{ from: "header", name: "x-forwarded-for" }] : [];
    case "header":
    case "host":
    case "cookie":
    case "claim":
    case "path": {
      const slot = slotOf(part);
      return slot ? [slot] : [];
    }
  }
}

/** Callbacks beyond those that every filter with limits has. */
export function limitCallbacks(limits: readonly PlannedLimit[]): string[] {
  return limits.some(({ scope }) => scope === "mesh") ? ["proxy_on_grpc_receive", "proxy_on_grpc_close"] : [];
}

/** Host functions that are called beside requests. */
export function limitBesides(limits: readonly PlannedLimit[]): string[] {
  const scopes = new Set(limits.map(({ scope }) => scope));
  return [
    ...(scopes.has("proxy") ? ["proxy_get_shared_data", "proxy_set_shared_data"] : []),
    ...(scopes.has("mesh") ? ["proxy_get_buffer_bytes", "proxy_continue_stream"] : []),
    ...(scopes.has("mesh") ? ["proxy_grpc_call", "proxy_set_effective_context", "proxy_log"] : []),
  ];
}

/** Host calls of one request at worst, but for those that other workers make it repeat. */
export function limitPrice(limits: readonly PlannedLimit[]): {
  readonly request: Readonly<Record<string, number>>;
  readonly response: Readonly<Record<string, number>>;
} {
  const of = (test: (limit: PlannedLimit) => boolean): number => limits.filter(test).length;
  const shared = of(({ scope }) => scope === "proxy");
  const held = of(({ scope, hold }) => scope === "proxy" && hold !== undefined);
  const mesh = of(({ scope }) => scope === "mesh");
  const charged = of(({ cost }) => cost.kind === "response-header");
  const told = new Set(limits.flatMap(({ items, fields }) => (items === undefined ? [] : [fields])));
  // A set that nobody has written yet takes a number of another entry first; what was taken may have to be given back.
  const reads = 2 * shared;
  const writes = 3 * shared;
  return {
    request: present({
      proxy_get_current_time_nanoseconds: new Set(limits.map(({ phase }) => phase)).size + (mesh > 0 ? 1 : 0),
      proxy_get_shared_data: reads + shared,
      proxy_set_shared_data: writes,
      proxy_grpc_call: 2 * mesh,
      proxy_set_effective_context: 4 * mesh,
      proxy_log: mesh,
      // Whoever has waited is decided from the beginning.
      proxy_get_header_map_pairs: mesh > 0 ? 2 : 0,
      proxy_continue_stream: mesh > 0 ? 1 : 0,
    }),
    response: present({
      proxy_replace_header_map_value: told.has("x-rate-limit") ? 3 : 0,
      proxy_add_header_map_value: told.has("draft") ? 2 : 0,
      proxy_get_header_map_pairs: charged > 0 ? 1 : 0,
      proxy_get_current_time_nanoseconds: charged > 0 ? 1 + charged : 0,
      proxy_get_shared_data: 2 * held,
      proxy_set_shared_data: 2 * held,
    }),
  };
}

function present(calls: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(calls).filter(([, count]) => count > 0));
}

/** 64 bits of a digest: whoever could find two limits with the same could as well write the policies. */
function identityOf({ origin, key, algorithm, rates, scope }: Limit): bigint {
  const parts = key.map((part) => (part.kind === "cel" ? { cel: part.expression.text } : part));
  // What a configuration gives is a part of the identity that the filter makes of it.
  const shapes = rates.map(({ limit, window, burst, holes }) => [
    holes?.limit ? null : limit,
    holes?.window ? null : String(window),
    holes?.burst ? null : burst,
  ]);
  const text = JSON.stringify([origin.policy, origin.part, parts, algorithm, shapes, scope]);
  return createHash("sha256").update(text).digest().readBigUInt64LE();
}

/** Bytes of a cell. */
export function cellBytes({ rates }: Limit): number {
  return KEY_BYTES + rates.length * STATE_BYTES;
}

function checkMemory(limits: readonly PlannedLimit[]): void {
  let bytes = 0;
  for (const limit of limits) {
    bytes += limit.sets * limit.ways * cellBytes(limit);
    if (bytes <= MAX_CELL_BYTES) continue;
    throw new PlanFault(
      `the keys of this bundle's limits need more than ${MAX_CELL_BYTES / 1024 / 1024} MiB`,
      `lower \`maxKeys\`: a key takes ${cellBytes(limit)} bytes here, and their number is rounded up to a power of two`,
      limit.origin.span,
    );
  }
}

/** A request that waits for the service is decided again from the beginning, and then must not be counted twice. */
function checkWaiting(limits: readonly PlannedLimit[]): void {
  const mesh = limits.filter(({ scope }) => scope === "mesh");
  const other = mesh.find(({ phase }) => phase !== mesh[0]?.phase);
  if (!other) return;
  throw new PlanFault(
    "some of the limits with `scope: mesh` come before authentication and some behind authorization",
    "give all of them, in all policies of this filter, the same `phase`",
    other.origin.span,
  );
}

function setsFor(keys: number): number {
  let sets = 1;
  while (sets * WAYS < keys) sets *= 2;
  return sets;
}
