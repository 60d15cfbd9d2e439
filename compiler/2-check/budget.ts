import type { Located } from "../source/span.ts";

/** What a filter may cost; one that costs more is not built. */
export interface Budget {
  /** Host calls of one request at worst. */
  readonly hostCalls?: Located<number> | undefined;
  readonly wasmBytes?: Located<number> | undefined;
}
