// The figures to reach. What is relative to another variant stands with the variants: envoy/suite.ts, workloads/, authz/.

export const goals = {
  /** `tollgate build examples/shop` in a fresh process. */
  coldBuildSeconds: 3,
  /** Policies changed → filter ready to take over, the AssemblyScript compiler kept loaded. */
  rebuildSeconds: 1,
  /** The example's wasm. */
  wasmBytes: 16 * 1024,
  /** `tollgate build` in a fresh process, of 10,000 rules, … */
  manyRulesSeconds: 10,
  /** … and the wasm that comes of them. */
  manyRulesBytes: 1024 * 1024,
  /** How far Envoy's resident memory may move, either way, … */
  rssBytes: 2 * 1024 * 1024,
  /** … over so many requests after the warm-up. */
  rssRequests: 1_000_000,
  /** How much more Node may hold, its garbage collected, … */
  nodeBytes: 1024 * 1024,
  /** … over so many requests after the warm-up, while linear memory does not grow at all. */
  nodeRequests: 10_000_000,
} as const;
