// A part of the benchmark is one section or several: each measures one table, and what is wrong with one is no other's.
import type { Environment } from "../environment.ts";
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
