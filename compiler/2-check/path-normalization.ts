// How far paths are normalised before policies see them.

/** How far listeners normalise paths before a filter sees them, in Istio's words. */
export const pathNormalizations = ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"] as const;
export type PathNormalization = (typeof pathNormalizations)[number];
/** Istio's default. */
export const DEFAULT_NORMALIZATION: PathNormalization = "BASE";
