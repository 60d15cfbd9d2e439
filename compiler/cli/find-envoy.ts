// Finding a real Envoy, or installing one, which may take a minute.
import { locateEnvoy, type LocatedEnvoy } from "../../envoy/index.ts";
import { during, err } from "./terminal.ts";

/** Throws EnvoyUnavailable where there is none and none can be installed. */
export function findEnvoy(): Promise<LocatedEnvoy> {
  return during("getting Envoy", () => locateEnvoy({ progress: (line) => err.line(err.palette.dim(line)) }));
}
