// `metadata`: dynamic metadata, what other filters have said of the stream so far. Everywhere but on the filter object.
import { Bytes } from "../bytes";
import { getProperty } from "../property";
import { below } from "./path";

/** `metadata`: all of it, a serialised `envoy.config.core.v3.Metadata`. */
export function message(): Bytes | null {
  return getProperty("metadata");
}

/**
 * What `namespace`, mostly a filter's name, says of `key`; null where it says nothing. A text comes as its bytes, a
 * number for `toDouble`, a truth value for `toBoolean`, a list or a map for `new Pairs`. A key can lead into a map:
 * `"user\0name"`.
 */
export function value<N, K>(namespace: N, key: K): Bytes | null {
  return getProperty(below(below("metadata\0filter_metadata", namespace), key));
}

/**
 * The typed metadata of `namespace`: a serialised message, its type only its writer knows. A `StringValue` and its kin
 * come as what is in them.
 */
export function typed<N>(namespace: N): Bytes | null {
  return getProperty(below("metadata\0typed_filter_metadata", namespace));
}
