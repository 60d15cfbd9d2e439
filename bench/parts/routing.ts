// What compiled routing costs, beside Envoy's own, others' SDKs and filters by hand.
import { routesSuite } from "../routing/routes.ts";
import { w1Suite } from "../routing/w1.ts";
import { envoySection, type Section } from "./section.ts";

export const routingSections: readonly Section[] = [
  envoySection("routing: W1 by header, in Envoy", w1Suite),
  envoySection("routing: more and more routes, in Envoy", routesSuite),
];
