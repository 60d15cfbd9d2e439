// AssemblyScript, for the tests of limits/.
export { addCell, cellGiveBack, cellTake, cellWait, leftOf, newCell, ownCell, resetOf } from "../limits/cell";
export { setBytes, cellBytes, setOf, setsOf } from "../limits/shape";
export { productFits, quotient, shareUp } from "../limits/wide";

const LIMIT: usize = memory.data(16 + 32 * 4, 8);
const SET: usize = memory.data(4096, 8);
const CELL: usize = memory.data(128, 8);

/** Room for a limit's description: 16 bytes and four rates. */
export function limit(): usize {
  return LIMIT;
}

/** Room for a set of cells, zeros. */
export function set(): usize {
  return SET;
}

/** Room for one cell. */
export function cell(): usize {
  return CELL;
}
