// Faults of a pattern as diagnostics, each where it stands in its policy.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { inside } from "../source/inside.ts";
import type { Located } from "../source/span.ts";
import { isFault } from "./fault.ts";
import { parseRe2 } from "./re2.ts";
import type { Regex } from "./regex.ts";

/** Reports what is wrong with a regular expression that whole values must match. */
export function reportRe2(pattern: Located<string>, diagnostics: Diagnostics): void {
  const parsed = parseRe2(pattern.value);
  if (!isFault(parsed)) return;
  const { fault, at, length, help } = parsed;
  diagnostics.error("bad-pattern", fault, {
    span: inside(pattern, at, at + length),
    ...(help !== undefined && { help }),
  });
}

/** The expression of a pattern in which nothing is wrong; throws where something is. */
export function checkedRe2(pattern: string): Regex {
  const parsed = parseRe2(pattern);
  if (isFault(parsed)) throw new Error(`an unchecked pattern: ${parsed.fault}`);
  return parsed;
}
