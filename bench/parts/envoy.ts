// What a request costs Envoy in CPU time, with the compiled example and without.
import { measureSuite } from "../envoy/measure.ts";
import { shopSuite } from "../envoy/shop-suite.ts";
import type { Environment } from "../environment.ts";
import { compileModules } from "../modules.ts";
import type { Options } from "../options.ts";
import type { Report } from "../report/report.ts";

export async function measureEnvoy(options: Options, environment: Environment): Promise<Report> {
  return measureSuite(shopSuite(await compileModules()), options, environment);
}
