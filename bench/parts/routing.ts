// What compiled routing costs, beside Envoy's own, others' SDKs and filters by hand.
import { measureHashes } from "../routing/hashes.ts";
import { routesSuite } from "../routing/routes.ts";
import { w1Suite } from "../routing/w1.ts";
import { envoySection, type Section } from "./section.ts";

export const routingSections: readonly Section[] = [
  envoySection("routing: W1 by header, in Envoy", w1Suite),
  envoySection("routing: more and more routes, in Envoy", routesSuite),
  { name: "routing: hashes of a split, in WebAssembly", needsEnvoy: false, measure: measureHashes },
];
