// The two exports that every filter needs: the marker of the ABI version and the host's way to ask for memory.
import { allocate } from "./arena";

/** Tells the host which ABI the filter speaks. Never called. */
export function proxy_abi_version_0_2_1(): void {}

/** Called by the host before it answers with bytes; while it runs no host function may be called but `proxy_log`. */
export function proxy_on_memory_allocate(size: usize): usize {
  return allocate(size);
}
