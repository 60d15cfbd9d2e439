// AssemblyScript, for the tests of limits/shared.ts.
export { leftOf, resetOf } from "../limits/cell";
export {
  sharedCell,
  sharedCharge,
  sharedForgot,
  sharedGiveBack,
  sharedLook,
  sharedReserve,
  sharedTake,
} from "../limits/shared";
export { seedSharedKeys } from "../limits/shared-seed";
export { beginKey } from "../limit-key";
export { proxy_on_memory_allocate } from "proxy-wasm-assemblyscript-sdk/abi/exports";
export { allocate } from "proxy-wasm-assemblyscript-sdk/abi/arena";

const LIMIT: usize = memory.data(16 + 32 * 8, 8);
const STATE: usize = memory.data(256, 8);

/** Room for a limit's description: 16 bytes and eight rates. */
export function limit(): usize {
  return LIMIT;
}

/** Room for a limit's state, zeros. */
export function state(): usize {
  return STATE;
}
