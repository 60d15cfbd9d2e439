import type { HostCalls } from "./host-call.ts";

/** What modules built with Emscripten import beside WASI. */
export const emscriptenCalls: HostCalls = {
  pthread_equal: (machine, call) => (left: number, right: number) => {
    machine.enter(call);
    return left === right ? 1 : 0;
  },

  emscripten_notify_memory_growth: (machine, call) => () => {
    machine.enter(call);
    // Nothing of the memory is kept here from one host call to the next.
    return undefined;
  },
};
