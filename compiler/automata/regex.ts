// Regular expressions over bytes, as a tree: what patterns of every notation (RE2, path templates) are turned into.

export type Regex =
  /** The empty text. */
  | { readonly op: "empty" }
  /** One byte out of these, as ranges that ascend and do not touch. No range: matches nothing. */
  | { readonly op: "bytes"; readonly ranges: readonly (readonly [from: number, to: number])[] }
  | { readonly op: "sequence" | "choice"; readonly of: readonly Regex[] }
  /** `max` absent: any number. */
  | { readonly op: "repeat"; readonly of: Regex; readonly min: number; readonly max?: number };
