import type { Machine } from "../machine.ts";

/** Bytes in; out comes the result, or a status other than Ok. */
export type ForeignFunction = (machine: Machine, argument: Uint8Array) => Uint8Array | number;
