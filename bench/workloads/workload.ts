// A task that all SDKs are given: who takes part, what each must do, and what ours may cost.
import type { Check, RelativeGoal, Suite } from "../envoy/suite.ts";
import type { LoadRequest } from "../load/load.ts";
import type { PeerName } from "../peers/peer.ts";

export interface Workload {
  readonly name: string;
  /** The same in a few words. */
  readonly about: string;
  /** The request that is sent over and over; forwarded by every filter. */
  readonly request: LoadRequest;
  /** See `Suite`. */
  readonly echoes: Suite["echoes"];
  /** What every filter does in Envoy. */
  readonly checks: readonly Check[];
  /** What an Envoy without any filter does. */
  readonly untouched: readonly Check[];
  /** What a filter does other than it must in the Node host, where more is to be seen than in Envoy. */
  readonly faultsInHost: (wasm: Uint8Array) => string[];
  readonly contestants: readonly Contestant[];
}

/** One way of doing it. */
export interface Contestant {
  /** `bare, batched`. */
  readonly name: string;
  readonly about: string;
  readonly peer: PeerName;
  /** `w1-batched`, a file of the peer's folder or a feature of its. */
  readonly program: string;
  /** Added CPU time in Envoy, relative to other contestants. */
  readonly goals?: readonly RelativeGoal[];
  /** The module's size. */
  readonly mostBytes?: number;
}

/** The SDKs of others. */
export const others = {
  rust: "the crate proxy-wasm 0.2.5",
  go: "the Go SDK of February 2025, Go's own compiler",
  solo: "the older AssemblyScript SDK, @solo-io/proxy-runtime 0.1.8",
} as const;

export type OtherSdk = keyof typeof others;
export const otherSdkNames = Object.keys(others) as OtherSdk[];

/** The SDKs of others, each with the same program. */
export function otherSdks(program: string): Contestant[] {
  return otherSdkNames.map((peer) => ({ name: peer, about: others[peer], peer, program }));
}
