// Writing to the proxy's log.
import { arenaGeneration } from "./abi/arena";
import { ANSWER, keep } from "./abi/answer";
import { proxy_get_log_level, proxy_log } from "./abi/env";
import { LogLevel, Status } from "./abi/numbers";
import { textPointer, textSize } from "./abi/text";

let level: u32 = 0;
let asked: u32 = 0;

/**
 * Whether lines of this level are logged at all. Ask before a line is put together that costs something: the host is asked
 * once in a callback, at a tenth of a microsecond.
 */
export function isLogged(line: LogLevel): bool {
  const generation = arenaGeneration();
  if (asked != generation || generation == 0) {
    // Without an answer nothing is held back.
    level = proxy_get_log_level(ANSWER) == Status.Ok ? load<u32>(ANSWER) : LogLevel.Trace;
    asked = generation;
  }
  return <u32>line >= level;
}

/** Logs a text. */
export function log<T>(line: LogLevel, text: T): Status {
  const pointer = textPointer(text);
  return keep(proxy_log(line, pointer, textSize()));
}
