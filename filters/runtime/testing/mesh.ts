// AssemblyScript, for the tests of ../mesh: what a compiled filter does with its limits, and the parts by themselves.
import { now, seedKeys } from "../limit-key";
import { MeshAnswer } from "../mesh/answer";
import { addMeshKeyText, beginMeshKey } from "../mesh/key";
import { reserveLeases } from "../mesh/leases";
import { addMeshRate, beginMeshLimit, MESH_LIMIT_BYTES } from "../mesh/limit";
import { beginMesh, meshAsk, meshForgo, meshGiveBack, meshWait } from "../mesh/mesh";
import { declareMesh, describeMeshService, MESH_SERVICE_BYTES } from "../mesh/service";

export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export {
  addMeshKeyAddress,
  addMeshKeyMark,
  addMeshKeyText,
  beginMeshKey,
  meshKeyHash,
  writeMeshKey,
} from "../mesh/key";
export { addMeshRate } from "../mesh/limit";
export { meshAnswer, meshClosed, meshRemaining, meshReset, meshRetryAfter } from "../mesh/mesh";
export {
  isKnown,
  overallCode,
  readResponse,
  remainingOf,
  requestPointer,
  resetOf,
  statusCode,
  statusCount,
  writeRequest,
} from "../mesh/message";
export { describeMeshService } from "../mesh/service";
export { nextMeshWaiting } from "../mesh/waiting";
export { scratch } from "./scratch";

const LIMITS_MAX: u32 = 4;
const SERVICE: usize = memory.data(64, 8);
const LIMITS: usize = memory.data(384, 8);

export function limit(number: u32): usize {
  return LIMITS + <usize>(number * MESH_LIMIT_BYTES);
}

export function service(): usize {
  return SERVICE;
}

/** Texts must stay where they are. */
export function configure(
  root: u32,
  cluster: usize,
  clusterSize: u32,
  domain: usize,
  domainSize: u32,
  timeout: u32,
): bool {
  if (MESH_SERVICE_BYTES > 64) return false;
  seedKeys();
  declareMesh(root);
  return describeMeshService(SERVICE, cluster, clusterSize, domain, domainSize, timeout);
}

export function addLimit(number: u32, sets: u32): bool {
  beginMeshLimit(limit(number), SERVICE);
  return number < LIMITS_MAX && reserveLeases(limit(number), sets);
}

export function addRate(number: u32, name: usize, size: u32, window: u32, requests: u32): bool {
  return addMeshRate(limit(number), name, size, window, requests);
}

/** Decides a request by the limits whose bits are set in `limits`; of those in `shadow` it waits for none. */
export function handle(
  stream: u32,
  limits: u32,
  shadow: u32,
  key: usize,
  keySize: u32,
  cost: u64,
): MeshAnswer {
  beginMesh(stream, now());
  let waits = false;
  for (let i: u32 = 0; i < LIMITS_MAX; i++) {
    if (((limits >>> i) & 1) == 0) continue;
    beginMeshKey();
    addMeshKeyText(key, keySize, false);
    const answer = meshAsk(limit(i), cost);
    if (((shadow >>> i) & 1) != 0) {
      if (answer == MeshAnswer.Waiting) meshForgo();
    } else if (answer == MeshAnswer.Waiting) waits = true;
    else if (answer != MeshAnswer.Allowed) {
      meshGiveBack();
      return answer;
    }
  }
  if (!waits) return MeshAnswer.Allowed;
  return meshWait() ? MeshAnswer.Waiting : MeshAnswer.Failed;
}
