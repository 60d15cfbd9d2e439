// Programs on the Rust SDK as a variant of a suite.
import type { Check, Variant } from "../envoy/suite.ts";
import type { Options } from "../options.ts";
import { PeerUnavailable, type PeerName } from "../peers/peer.ts";
import type { LeftOut } from "../report/report.ts";
import { peersOf } from "./contest.ts";
import { rootId } from "./in-host.ts";

const name: PeerName = "rust";

/** The variant `rust` of these programs, a VM for each, in that order; or why there is none. */
export async function rustVariant(
  options: Options,
  programs: readonly string[],
  about: string,
  checks: readonly Check[],
): Promise<{ rust: Variant[]; missing: LeftOut[] }> {
  try {
    const modules = await Promise.all(programs.map((program) => peersOf(options).module(name, program)));
    const variant: Variant = {
      name,
      about: `the crate proxy-wasm 0.2.5, ${about}; ${modules[0]?.compiler ?? ""}`,
      wasmPaths: modules.map((module) => module.path),
      rootId,
      filters: ({ wasm }) => wasm,
      checks,
    };
    return { rust: [variant], missing: [] };
  } catch (error) {
    if (!(error instanceof PeerUnavailable)) throw error;
    return { rust: [], missing: [{ name, reason: error.message }] };
  }
}
