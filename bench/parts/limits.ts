// What compiled rate limits cost, beside Envoy's own filters, others' SDKs and filters by hand.
import { fieldsSuite } from "../limits/fields.ts";
import { followFlood } from "../limits/flood.ts";
import { measureMesh } from "../limits/mesh.ts";
import { w3Suite } from "../limits/w3.ts";
import { w5Suite } from "../limits/w5.ts";
import { envoySection, type Section } from "./section.ts";

export const limitsSections: readonly Section[] = [
  envoySection("limits: W3 by user, in Envoy", w3Suite),
  { name: "limits: a mesh's limit, in Envoy", needsEnvoy: true, measure: measureMesh },
  envoySection("limits: W5 all three together, in Envoy", w5Suite),
  envoySection("limits: response fields, in Envoy", fieldsSuite),
  { name: "limits: a flood of keys, in the host", needsEnvoy: false, measure: followFlood },
];
