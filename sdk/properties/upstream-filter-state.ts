// `upstream_filter_state`: filter state that the connection to the server has, what was shared with it above all. From
// the response's headers on.
import { Bytes } from "../bytes";
import { getProperty } from "../property";
import { below } from "./path";

/**
 * The value of `key`, in the form that the object has as bytes; null where there is none, or none that can be read.
 */
export function value<K>(key: K): Bytes | null {
  return getProperty(below("upstream_filter_state", key));
}

/** One field of an object that has fields, such as `ip` of an address: a text, or a number for `toInteger`. */
export function field<K, F>(key: K, name: F): Bytes | null {
  return getProperty(below(below("upstream_filter_state", key), name));
}
