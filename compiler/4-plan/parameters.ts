// What parameters need of the filter: the values of a stream's configuration, found by its root context.
import { MOST_PARAMETERS, type Parameter } from "../ir/parameters.ts";
import type { Program } from "../ir/program.ts";
import { PlanFault } from "./fault.ts";

export interface PlannedValues {
  /** In the order of names. */
  readonly parameters: readonly Parameter[];
  /** Where in a stream's record stands which values hold for it. */
  readonly at: number;
}

/** Of the address of a stream's values. */
const VALUES_BYTES = 8;

/** Plans the values of parameters; undefined where there are none. The record has `recordBytes` before. */
export function planValues(
  { parameters }: Program,
  recordBytes: number,
): { readonly values: PlannedValues | undefined; readonly recordBytes: number } {
  if (!parameters) return { values: undefined, recordBytes };
  if (parameters.length > MOST_PARAMETERS) {
    throw new PlanFault(
      `${parameters.length} parameters are too many: a filter has at most ${MOST_PARAMETERS}`,
      "write values that no two services differ in into the policies",
    );
  }
  return { values: { parameters, at: recordBytes }, recordBytes: recordBytes + VALUES_BYTES };
}

/** Callbacks that a configuration asks for: which root context a stream belongs to is said when it begins. */
export function valueCallbacks(values: PlannedValues | undefined): string[] {
  return values ? ["proxy_on_configure", "proxy_on_context_create", "proxy_on_delete"] : [];
}

/** Host functions that are called when a configuration is read. */
export function valueBesides(values: PlannedValues | undefined): string[] {
  return values ? ["proxy_get_buffer_bytes", "proxy_log"] : [];
}
