// Runs traces on both sides.
import { envoySide } from "./envoy-side.ts";
import { hostSide } from "./host-side.ts";
import type { Observation } from "./observed.ts";
import type { Trace, TraceFile, TraceRequest } from "./trace.ts";

/** What came of a trace on each side; they should be the same. */
export interface Comparison {
  readonly host: Observation;
  readonly envoy: Observation;
}

export interface OpenTraces {
  /**
   * Runs one of the file's traces, with its own requests or others. One at a time; a trace that is run again goes on with
   * the VMs it has.
   */
  run(trace: Trace, requests?: readonly TraceRequest[]): Promise<Comparison>;
  close(): Promise<void>;
}

/**
 * Starts both sides for the traces of a file, with the same module.
 *
 * @example
 * const file = await readTraceFile("my-filter.trace.yaml");
 * const traces = await openTraces(envoyPath, await readFile("my-filter.wasm"), file);
 * for (const trace of file.traces) {
 *   const { host, envoy } = await traces.run(trace);
 *   expect(host).toEqual(envoy);
 * }
 * await traces.close();
 */
export async function openTraces(envoyPath: string, wasm: Uint8Array, file: TraceFile): Promise<OpenTraces> {
  const envoy = await envoySide(envoyPath, wasm, file);
  try {
    const host = await hostSide(wasm, file);
    return {
      run: async (trace, requests) => {
        const [onHost, onEnvoy] = await Promise.allSettled([
          host.run(trace, requests),
          envoy.run(trace, requests),
        ]);
        if (onEnvoy.status === "rejected") throw onEnvoy.reason as Error;
        if (onHost.status === "rejected") throw onHost.reason as Error;
        return { host: onHost.value, envoy: onEnvoy.value };
      },
      close: async () => {
        await Promise.all([host.close(), envoy.close()]);
      },
    };
  } catch (error) {
    await envoy.close();
    throw error;
  }
}
