// The cluster that a request goes to, which Envoy's route takes from a header.
import { HeaderMap } from "proxy-wasm-assemblyscript-sdk/abi/numbers";
import { firstValue } from "../request";
import { removeHeader, setHeader } from "../respond";

// "x-tollgate-cluster"
const NAME: usize = memory.data<u8>([
  120, 45, 116, 111, 108, 108, 103, 97, 116, 101, 45, 99, 108, 117, 115, 116, 101, 114,
]);
const NAME_SIZE: u32 = 18;

let cluster: usize = 0;
let clusterSize: u32 = 0;

/** Nobody has chosen yet. */
export function forgetCluster(): void {
  cluster = 0;
}

/** Chooses a cluster in place of any that was chosen before; always true. */
export function chooseCluster(name: usize, size: u32): bool {
  cluster = name;
  clusterSize = size;
  return true;
}

export function hasCluster(): bool {
  return cluster != 0;
}

/** Tells Envoy; false where the host refused. */
export function writeCluster(): bool {
  return setHeader(HeaderMap.Request, NAME, NAME_SIZE, cluster, clusterSize);
}

/** As `writeCluster` where one was chosen; else what a client sent in its place is removed. */
export function writeClusterOrNone(slot: u32): bool {
  return cluster != 0 ? writeCluster() : dropSent(slot, NAME, NAME_SIZE);
}

/** Removes a header that no client may send; no call where it sent none. */
export function dropSent(slot: u32, name: usize, size: u32): bool {
  return firstValue(slot) == 0 || removeHeader(HeaderMap.Request, name, size);
}
