// Errors of CEL expressions. A function that cannot answer notes it and answers anything; emitted code asks after each
// such call and goes on where the error is absorbed.

/** What a CEL condition comes to beside 0 and 1. */
export const CEL_ERROR: u32 = 2;

let failure = false;

/** Notes an error. Answers 0, to be handed on. */
export function fail(): u64 {
  failure = true;
  return 0;
}

/** Whether there was an error since the last question. */
export function failed(): bool {
  const was = failure;
  failure = false;
  return was;
}
