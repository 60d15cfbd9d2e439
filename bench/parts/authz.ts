// What compiled authorization costs, beside Envoy's own filters, others' SDKs and filters by hand.
import { measureAuthzBuild } from "../authz/build.ts";
import { writeCostPage } from "../authz/cost-page.ts";
import { measureMixedInHost, mixedSuite } from "../authz/mixed.ts";
import { rulesSuite } from "../authz/rules.ts";
import { newTokensSuite, seenTokensSuite } from "../authz/tokens.ts";
import { w2Suite } from "../authz/w2.ts";
import { measureSuite } from "../envoy/measure.ts";
import type { Environment } from "../environment.ts";
import { describeMachine } from "../machine.ts";
import type { Options } from "../options.ts";
import type { Report } from "../report/report.ts";
import { envoySection, type Section } from "./section.ts";

export const authzSections: readonly Section[] = [
  { name: "authz: compiling many rules", needsEnvoy: false, measure: measureAuthzBuild },
  { name: "authz: mixed rules, in the host", needsEnvoy: false, measure: measureMixedInHost },
  envoySection("authz: W2 by path, in Envoy", w2Suite),
  { name: "authz: more and more rules, in Envoy", needsEnvoy: true, measure: measureRules },
  envoySection("authz: mixed rules, in Envoy", mixedSuite),
  envoySection("authz: tokens seen before, in Envoy", seenTokensSuite),
  envoySection("authz: new tokens, in Envoy", newTokensSuite),
];

async function measureRules(options: Options, environment: Environment): Promise<Report> {
  const report = await measureSuite(await rulesSuite(), options, environment);
  if (options.docs) {
    await writeCostPage(report, `${describeMachine()}, Envoy ${environment.envoy.version}`);
  }
  return report;
}
