// Query parameters as the values of slots, so that they are looked at as headers are.
import { beginQuery, nextParameter, tokenPointer, tokenSize } from "../authentication/places";
import { keepAnswer } from "../request";

/** Puts the first parameter of a name, percent-decoded, into a slot; `path` is the slot of the path with its query. */
export function readParameter(slot: u32, path: u32, name: usize, size: u32): void {
  beginQuery(path);
  if (nextParameter(name, size)) keepAnswer(slot, tokenPointer(), tokenSize());
}
