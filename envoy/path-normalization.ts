// Istio's names for how far a path is normalised before anybody looks at it, as Envoy's options.

export type PathNormalization = "NONE" | "BASE" | "MERGE_SLASHES" | "DECODE_AND_MERGE_SLASHES";

/** The options of Envoy's HTTP connection manager that a normalisation stands for. */
export function pathOptions(normalization: PathNormalization): object {
  const [normalize, merge, decode] = {
    NONE: [false, false, false],
    BASE: [true, false, false],
    MERGE_SLASHES: [true, true, false],
    DECODE_AND_MERGE_SLASHES: [true, true, true],
  }[normalization] as [boolean, boolean, boolean];
  return {
    normalize_path: normalize,
    merge_slashes: merge,
    path_with_escaped_slashes_action: decode ? "UNESCAPE_AND_FORWARD" : "KEEP_UNCHANGED",
  };
}
