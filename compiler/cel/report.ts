// Faults of an expression as diagnostics, each where it stands in its policy.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { inside } from "../source/inside.ts";
import type { Located } from "../source/span.ts";
import type { Checked } from "./check.ts";
import { unsupported } from "./refusals.ts";

/** Reports all that is wrong with an expression. */
export function reportCel(
  expression: Located<string>,
  checked: Checked<unknown>,
  diagnostics: Diagnostics,
): void {
  if (!("faults" in checked)) return;
  for (const { reason, message, at, length, help } of checked.faults) {
    const name = Object.hasOwn(unsupported, reason) ? "not-supported-yet" : "bad-expression";
    diagnostics.error(name, message, {
      span: inside(expression, at, at + length),
      ...(help !== undefined && { help }),
    });
  }
}
