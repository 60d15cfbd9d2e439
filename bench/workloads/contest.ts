// A workload with the modules of those who can take part here.
import type { Options } from "../options.ts";
import { Peers, type PeerModule } from "../peers/modules.ts";
import { PeerUnavailable } from "../peers/peer.ts";
import type { LeftOut } from "../report/report.ts";
import type { Contestant, Workload } from "./workload.ts";

export interface Contest {
  readonly workload: Workload;
  readonly entrants: readonly Entrant[];
  readonly missing: readonly LeftOut[];
}

export interface Entrant {
  readonly contestant: Contestant;
  readonly module: PeerModule;
}

let peers: Peers | undefined;

/** The peers' modules, each built once a run. */
export function peersOf({ install }: Options): Peers {
  return (peers ??= new Peers(install));
}

/** Builds what takes part, and sees to it that each does what the workload is. Rejects where one does something else. */
export async function contest(workload: Workload, options: Options): Promise<Contest> {
  const entrants: Entrant[] = [];
  const missing: LeftOut[] = [];
  const faults: string[] = [];
  for (const contestant of workload.contestants) {
    try {
      const module = await peersOf(options).module(contestant.peer, contestant.program);
      entrants.push({ contestant, module });
      faults.push(...workload.faultsInHost(module.wasm).map((fault) => `${contestant.name}: ${fault}`));
    } catch (error) {
      if (!(error instanceof PeerUnavailable)) throw error;
      missing.push({ name: contestant.name, reason: error.message });
    }
  }
  if (faults.length > 0) throw new Error(`${workload.name} is not what these do:\n${faults.join("\n")}`);
  return { workload, entrants, missing };
}
