// Limits that a service counts for a whole mesh: see ask.ts. A request that has to wait for the service is decided again
// when it has answered.
import { MeshAnswer } from "../mesh/answer";
import { rateCount } from "../mesh/limit";
import {
  beginMesh,
  meshAsk,
  meshForgo,
  meshGiveBack,
  meshRemaining,
  meshReset,
  meshRetryAfter,
  meshWait,
} from "../mesh/mesh";
import { waitsOf } from "../mesh/waiting";
import { ask, askTime, isRefused, isShadow, MESH, noteFailure, noteWait, refusingAsk } from "./ask";
import { setItem } from "./items";

const ITEM_BYTES: usize = 16;

let waits: bool = false;

/** Starts a stage with such limits, behind `beginAsking`. */
export function beginMeshAsking(stream: u32): void {
  waits = false;
  beginMesh(stream, askTime());
}

/**
 * Asks a limit for the key that was put together: see `ask`. Where another refuses already the service is not asked, which
 * would count the request.
 */
export function askMesh(limit: usize, state: usize, number: u32, cost: u64, items: usize): void {
  if (isRefused()) return;
  const asked = ask(limit, state, number, MESH, 0, cost, items, 0);
  switch (meshAsk(limit, cost)) {
    case MeshAnswer.Allowed:
      if (items != 0) {
        for (let i: u32 = 0; i < rateCount(limit); i++) {
          setItem(items + <usize>i * ITEM_BYTES, meshRemaining(i), meshReset(i));
        }
      }
      return noteWait(asked, 0);
    case MeshAnswer.Waiting:
      // What is only tried out nobody waits for.
      if (isShadow(asked)) meshForgo();
      else waits = true;
      return noteWait(asked, 0);
    case MeshAnswer.Limited:
      return noteWait(asked, max<u64>(meshRetryAfter(), 1));
    default:
      return noteFailure(asked);
  }
}

/** Whether the request has to wait, since no limit refuses and not all have answered. */
export function isWaiting(): bool {
  return waits && refusingAsk() == 0;
}

/** Has it wait; false where too many do. */
export function waitMesh(): bool {
  return meshWait();
}

/** Gives back what was taken: some limit refuses. */
export function giveBackMesh(): void {
  meshGiveBack();
}

/** Whether the request is decided again, since it has waited. */
export function hasWaited(stream: u32): bool {
  return waitsOf(stream) != 0;
}

/** Which rate of the limit that refuses takes longest: the service does not say. */
export function refusingMeshRate(): u32 {
  return 0;
}
