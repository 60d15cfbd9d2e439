import type { Machine } from "../machine.ts";

/** A function the guest calls. Numbers are i32 and may be negative; bigints are i64. Undefined: no result. */
export type HostFunction = (...args: never[]) => number | undefined;

/**
 * Makes a host function for one instance. It begins with `machine.enter(call)`, which counts it; written out in
 * each rather than wrapped around all, for a wrapper would cost as much as the cheap calls themselves.
 */
export type HostCalls = Record<string, (machine: Machine, call: number) => HostFunction>;
