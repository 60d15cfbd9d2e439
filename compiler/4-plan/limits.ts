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
      hold:
        limit.algorithm === "concurrency" || limit.cost.kind === "response-header"
          ? place(HOLD_BYTES)
          : undefined,
    };
  });
  checkMemory(planned);
  return { limits: planned, recordBytes: end, itemsEnd };
}

/** The slots that keys are read from. */
export function limitSlots(limits: readonly Limit[]): Slot[] {
  return limits.flatMap(({ key }) => key.flatMap(keySlots));
}

/** The expressions whose values a limit counts by, and costs. */
export function celValuesOf({ key, cost }: Limit): CelValueExpression[] {
  return [...key, cost].flatMap((part) => (part.kind === "cel" ? [part.expression] : []));
}

function keySlots(part: KeyPart): Slot[] {
  switch (part.kind) {
    case "cel":
      return [];
    case "query":
      return [{ from: "header", name: ":path?" }];
    case "peer":
      return part.hops > 0 ? [{ from: "header", name: "x-forwarded-for" }] : [];
    default: {
      const slot = slotOf(part);
      return slot ? [slot] : [];
    }
  }
}

/** 64 bits of a digest: whoever could find two limits with the same could as well write the policies. */
function identityOf({ origin, key, algorithm, rates, scope }: Limit): bigint {
  const parts = key.map((part) => (part.kind === "cel" ? { cel: part.expression.text } : part));
  const shapes = rates.map(({ limit, window, burst }) => [limit, String(window), burst]);
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

function setsFor(keys: number): number {
  let sets = 1;
  while (sets * WAYS < keys) sets *= 2;
  return sets;
}
