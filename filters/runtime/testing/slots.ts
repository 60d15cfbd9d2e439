// AssemblyScript: reads a request's headers as an emitted filter does, for tests of what looks at their values.
import { beginRequest, headersComplete, keep, nameIs, nameSize, nextHeader, readHeaders } from "../request";

const SLOTS: usize = memory.data(8, 4);

/** Slot 0 gets every value of the header that the bytes name. */
export function readRequest(name: usize, size: u32): bool {
  beginRequest();
  readHeaders(SLOTS, 1);
  while (nextHeader()) {
    if (nameSize() == size && nameIs(name)) keep(0);
  }
  return headersComplete();
}
