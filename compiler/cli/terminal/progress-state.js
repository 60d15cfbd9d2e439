// What a command and the thread that draws its progress share: four words, and the text.

/** Held by whoever writes to the terminal, or changes the text. */
export const LOCK = 0;
/** The command has ended what it was doing. */
export const DONE = 1;
/** The line is on the terminal. */
export const DRAWN = 2;
/** Bytes of the text. */
export const LENGTH = 3;

export const HEADER_BYTES = 16;
export const MOST_TEXT_BYTES = 1024;

/**
 * @param {Int32Array} state
 * @param {() => void} action
 */
export function alone(state, action) {
  while (Atomics.compareExchange(state, LOCK, 0, 1) !== 0) Atomics.wait(state, LOCK, 1);
  try {
    action();
  } finally {
    Atomics.store(state, LOCK, 0);
    Atomics.notify(state, LOCK);
  }
}
