// A part of the benchmark is one section or several: each measures one table, and what is wrong with one is no other's.
import type { Environment } from "../environment.ts";
import { measureSuite } from "../envoy/measure.ts";
import type { Suite } from "../envoy/suite.ts";
import type { Options } from "../options.ts";
import type { Report } from "../report/report.ts";

export type Section = InHost | InEnvoy;

interface InHost {
  readonly name: string;
  readonly needsEnvoy: false;
  measure(options: Options): Promise<Report>;
}

interface InEnvoy {
  readonly name: string;
  readonly needsEnvoy: true;
  measure(options: Options, environment: Environment): Promise<Report>;
}

/** The section of a suite, which is put together when its turn comes. */
export function envoySection(name: string, suite: (options: Options) => Promise<Suite>): Section {
  return {
    name,
    needsEnvoy: true,
    measure: async (options, environment) => measureSuite(await suite(options), options, environment),
  };
}
