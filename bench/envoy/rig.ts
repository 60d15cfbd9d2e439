// Envoys for variants: started, checked, loaded, stopped.
import { startEnvoy, type LocatedEnvoy, type RunningEnvoy } from "../../envoy/index.ts";
import { send } from "../../runtime-tests/support/http-client.ts";
import { temporaryFolder } from "../cleanup.ts";
import { sendLoad, type Generator, type LoadJob, type LoadRequest, type LoadResult } from "../load/load.ts";
import type { Cores } from "../machine.ts";
import { listenerName, variantBootstrap } from "./listener.ts";
import type { Check, Suite, Variant } from "./suite.ts";

export interface Rig {
  readonly envoy: LocatedEnvoy;
  readonly cores: Cores;
}

export interface VariantEnvoy {
  readonly variant: Variant;
  readonly port: number;
  readonly process: RunningEnvoy;
  /** Seconds from the start of the process until Envoy served; looked at every 15 ms. */
  readonly readySeconds: number;
}

/** An Envoy of one worker thread on a core of its own. `echoes`: for checks. */
export async function startVariant(
  rig: Rig,
  variant: Variant,
  echoes: Suite["echoes"] = {},
): Promise<VariantEnvoy> {
  const started = performance.now();
  const running = await startEnvoy({
    envoy: rig.envoy.path,
    directory: await temporaryFolder(),
    bootstrap: variantBootstrap(variant, echoes),
    concurrency: 1,
    ...(rig.cores.envoy !== undefined && { pinToCore: rig.cores.envoy }),
  });
  const port = running.ports.get(listenerName);
  if (port === undefined) throw new Error("Envoy does not tell its listener's port");
  return { variant, port, process: running, readySeconds: (performance.now() - started) / 1000 };
}

/** Sends a load to a variant; where it fails, Envoy's log is part of the message. */
export async function loadVariant(
  generator: Generator,
  { variant, port, process }: VariantEnvoy,
  load: Omit<LoadJob, "port">,
): Promise<LoadResult> {
  try {
    return await sendLoad(generator, { port, ...load });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const log = process.log().split("\n").slice(-20).join("\n");
    throw new Error(`${variant.name}: ${reason}${log === "" ? "" : `\nEnvoy's log ends:\n${log}`}`, {
      cause: error,
    });
  }
}

/** What a variant does other than it must; in an Envoy of its own that tells what the filters did. */
export async function checkVariant(rig: Rig, suite: Suite, variant: Variant): Promise<string[]> {
  const running = await startVariant(rig, variant, suite.echoes);
  try {
    const faults: string[] = [];
    const request = variant.request ?? suite.request;
    for (const check of variant.checks) faults.push(...(await faultsOf(running.port, request, check)));
    return faults;
  } finally {
    await running.process.stop();
  }
}

async function faultsOf(port: number, request: LoadRequest, check: Check): Promise<string[]> {
  const method = check.method ?? "GET";
  const all: Record<string, string | null> = {
    host: request.authority,
    ...request.headers,
    ...check.headers,
  };
  const headers = Object.entries(all).filter((header): header is [string, string] => header[1] !== null);
  const path = check.path ?? request.path;
  const answer = await send(port, { method, path, headers });
  const sent = `${method} ${path} ${JSON.stringify(check.headers ?? {})}`;
  const faults =
    answer.status === check.status ? [] : [`${sent}: ${answer.status} instead of ${check.status}`];
  for (const [name, want] of Object.entries(check.response ?? {})) {
    const got = answer.headers.find(([n]) => n === name)?.[1] ?? null;
    if (got !== want)
      faults.push(`${sent}: \`${name}\` is ${got ?? "absent"} instead of ${want ?? "absent"}`);
  }
  return faults;
}
