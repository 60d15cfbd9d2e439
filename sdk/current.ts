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

let ending: bool = false;

/** For the SDK: whether the stream is over, and the running callback is only told so. */
export function isEnding(): bool {
  return ending;
}

/** For the exported callbacks. */
export function setEnding(value: bool): void {
  ending = value;
}
