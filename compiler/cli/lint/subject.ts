// A module as the checks see it.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import type { CallGraph } from "./call-graph.ts";
import type { AbiVersion, EnvoyVersion } from "./envoy-versions.ts";

export interface Subject {
  readonly wasm: Uint8Array;
  readonly graph: CallGraph;
  /** The ABI that Envoy takes the module to speak. */
  readonly abi: AbiVersion;
  readonly version: EnvoyVersion;
  readonly diagnostics: Diagnostics;
}
