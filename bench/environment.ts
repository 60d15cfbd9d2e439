// What a run finds: the cores it may use and the Envoy it measures.
import { locateEnvoy, EnvoyUnavailable, type LocatedEnvoy } from "../envoy/index.ts";
import type { Cores } from "./machine.ts";
import { progress } from "./report/progress.ts";

/** Of the parts that need an Envoy. */
export interface Environment {
  readonly cores: Cores;
  readonly envoy: LocatedEnvoy;
}

/** The Envoy, installed if need be where `needed`; else why there is none. */
export async function findEnvoy(needed: boolean): Promise<LocatedEnvoy | EnvoyUnavailable> {
  try {
    return await locateEnvoy({ install: needed, progress });
  } catch (error) {
    if (error instanceof EnvoyUnavailable) return error;
    throw error;
  }
}
