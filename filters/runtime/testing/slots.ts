// AssemblyScript: reads a request's headers as an emitted filter does, for tests of what looks at their values.
import {
  beginRequest,
  headersComplete,
  keep,
  keepPath,
  nameIs,
  nameSize,
  nextHeader,
  readHeaders,
} from "../request";

const SLOTS: usize = memory.data(24, 4);

/** Slot 0 gets the header named by the bytes, slot 1 `:path` without its query, slot 2 every header. */
export function readRequest(name: usize, size: u32): bool {
  beginRequest();
  readHeaders(SLOTS, 3);
  while (nextHeader()) {
    if (nameSize() == size && nameIs(name)) keep(0);
  }
  return headersComplete();
}
