// Functions that a host offers beyond Proxy-Wasm, called by name.
import { ANSWER, answerPointer, answerSize, succeeded } from "../abi/answer";
import { proxy_call_foreign_function } from "../abi/env";
import { textPointer, textSize } from "../abi/text";
import { Bytes } from "../bytes";

/**
 * Calls a function of the host. `foreign/` has those of Envoy with their arguments typed.
 * @returns what it answered, empty where that is nothing; null where it failed or is not there (`lastStatus()`)
 */
export function callForeignFunction<T>(name: string, argument: T): Bytes | null {
  const nameAt = textPointer(name);
  const nameSize = textSize();
  const argumentAt = textPointer(argument);
  // A function that answers nothing leaves these as they are.
  store<u64>(ANSWER, 0);
  const called = succeeded(
    proxy_call_foreign_function(nameAt, nameSize, argumentAt, textSize(), ANSWER, ANSWER + 4),
  );
  return called ? Bytes.view(answerPointer(), answerSize()) : null;
}
