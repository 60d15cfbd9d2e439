// Which context the running callback is about.

let current: u32 = 0;

/**
 * The number of the stream, connection or filter object that the running callback is about: for objects that serve many
 * streams. It is not used again while the VM lives.
 */
export function currentContext(): u32 {
  return current;
}

/** For the SDK: what the host is asked from here on means this context. */
export function setCurrentContext(context: u32): void {
  current = context;
}

/** What the running callback is about, as far as that restricts what may be asked of the host. */
export const enum Phase {
  Other,
  RequestHeaders,
  ResponseHeaders,
  /** The stream is over, and the filter is only told so. */
  Ending,
}

let phase: Phase = Phase.Other;
let called: u32 = 0;
let goesOn: bool = false;

/** For the exported callbacks: one about `context` begins. */
export function beginCallback(context: u32): void {
  current = context;
  called = context;
  phase = Phase.Other;
}

/** For the exported callbacks. */
export function setPhase(value: Phase): void {
  phase = value;
  goesOn = false;
}

/** For the SDK: whether the stream in effect is over, and the running callback is only told so. */
export function isEnding(): bool {
  return phase == Phase.Ending && current == called;
}

/**
 * For the SDK: lets the stream go on whose headers' callback is running, whatever that callback answers. Envoy, told so
 * there and then, would send a request twice, and die of a response.
 * @returns false where that is not the callback that is running
 */
export function goOnAfter(headers: Phase): bool {
  if (phase != headers || current != called) return false;
  goesOn = true;
  return true;
}

/** For the exported callbacks of headers: whether {@link goOnAfter} was asked for. */
export function goesOnAfterwards(): bool {
  return goesOn;
}
