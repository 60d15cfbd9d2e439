// Choosing one of an action's weighted backends, by the request's own id.
import { beginSplit, chosenArm, drawArm, stickToSlot, stickToNothing } from "../split";
import { backendAt, backendCount, takeBackend } from "./action";

/** Chooses, where there are several; `slot` is that of `x-request-id`. */
export function chooseBackend(slot: u32): void {
  const count = backendCount();
  if (count < 2) return;
  stickToSlot(slot) || stickToNothing();
  beginSplit();
  for (let i: u32 = 0; i < count; i++) {
    const at = backendAt(i);
    drawArm(i, load<u64>(at), load<f64>(at, 8));
  }
  takeBackend(backendAt(chosenArm()) + 16);
}
