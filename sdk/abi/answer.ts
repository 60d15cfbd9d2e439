// What a host function hands back: its status, and up to three words in a scratch area.
import { Status } from "./numbers";

/** Where host functions put a pointer and a size, or another word. */
export const ANSWER: usize = memory.data(16, 8);

let status: u32 = Status.Ok;

/** Keeps a host function's status for `lastStatus` and says whether it is Ok. */
export function succeeded(answered: u32): bool {
  status = answered;
  return answered == Status.Ok;
}

/** Keeps a status for `lastStatus` and hands it on. */
export function keep(answered: u32): Status {
  status = answered;
  return answered;
}

/**
 * What the last host function answered: says why a call that hands out a value handed out null or a default. Valid until
 * the next call of the SDK.
 */
export function lastStatus(): Status {
  return status;
}

/** The pointer that a host function answered; meaningless unless it succeeded. */
export function answerPointer(): usize {
  return load<usize>(ANSWER);
}

/** The size that a host function answered; meaningless unless it succeeded. */
export function answerSize(): u32 {
  return load<u32>(ANSWER, 4);
}
