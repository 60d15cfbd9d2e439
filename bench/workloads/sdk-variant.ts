// Programs on the SDKs of others as variants of a suite.
import type { Check, Variant } from "../envoy/suite.ts";
import type { Options } from "../options.ts";
import { PeerUnavailable } from "../peers/peer.ts";
import type { LeftOut } from "../report/report.ts";
import { peersOf } from "./contest.ts";
import { rootId } from "./in-host.ts";
import { others, type OtherSdk } from "./workload.ts";

/** The variant of these programs on an SDK, a VM for each, in that order; or why there is none. */
export async function sdkVariant(
  options: Options,
  sdk: OtherSdk,
  programs: readonly string[],
  about: string,
  checks: readonly Check[],
): Promise<{ variants: Variant[]; missing: LeftOut[] }> {
  try {
    const modules = await Promise.all(programs.map((program) => peersOf(options).module(sdk, program)));
    const variant: Variant = {
      name: sdk,
      about: `${others[sdk]}, ${about}; ${modules[0]?.compiler ?? ""}`,
      wasmPaths: modules.map((module) => module.path),
      rootId,
      filters: ({ wasm }) => wasm,
      checks,
    };
    return { variants: [variant], missing: [] };
  } catch (error) {
    if (!(error instanceof PeerUnavailable)) throw error;
    return { variants: [], missing: [{ name: sdk, reason: error.message }] };
  }
}
