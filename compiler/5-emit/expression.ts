// Long expressions: lists of operands joined with && or ||, split over functions where they are too many for one.
import type { Writer } from "./writer.ts";

/**
 * The most operands in one function. A list of thousands as one expression is deeper than asc's own recursion can follow,
 * and as one function it takes Binaryen ever longer to optimise.
 */
const MAX_OPERANDS = 64;

/** Operands joined with an operator; of long lists parts become calls, of lists of those again. */
export function joined(operator: "&&" | "||", operands: readonly string[], writer: Writer): string {
  if (operands.length <= MAX_OPERANDS) return operands.join(` ${operator} `);
  const calls: string[] = [];
  for (let i = 0; i < operands.length; i += MAX_OPERANDS) {
    calls.push(`${writer.outlined(operands.slice(i, i + MAX_OPERANDS).join(` ${operator} `))}()`);
  }
  return joined(operator, calls, writer);
}

/** A number in hexadecimal. */
export function hex(word: bigint): string {
  return `0x${word.toString(16)}`;
}
