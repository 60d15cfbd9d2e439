// `filter_state`: what filters have put by for each other, for the stream or its connection. Everywhere but on the
// filter object.
import { Bytes } from "../bytes";
import { getProperty } from "../property";
import { below } from "./path";

/**
 * The value of `key`, in the form that the object has as bytes; null where there is none, or none that can be read.
 * Beyond what Envoy's own filters put there, `setProperty("x", …)` is to be found under `wasm.x`.
 */
export function value<K>(key: K): Bytes | null {
  return getProperty(below("filter_state", key));
}

/** One field of an object that has fields, such as `ip` of an address: a text, or a number for `toInteger`. */
export function field<K, F>(key: K, name: F): Bytes | null {
  return getProperty(below(below("filter_state", key), name));
}
