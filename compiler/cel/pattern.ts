// Patterns of `matches()`: RE2's syntax, found anywhere in the text. As everywhere in Tollgate they run over bytes: `.` and
// negated classes match one byte. What would mean something else over characters, and could be meant so, is refused.
import { isFault } from "../automata/fault.ts";
import { parseRe2 } from "../automata/re2.ts";
import type { Regex } from "../automata/regex.ts";
import type { Checker } from "./checker.ts";
import type { CelSyntax } from "./syntax.ts";

/** The expression over whole texts that says whether the pattern matches anywhere; faults are noted. */
export function partialMatch(checker: Checker, pattern: string, part: CelSyntax): Regex | undefined {
  const alone = parseRe2(pattern);
  if (isFault(alone)) {
    return checker.fault("pattern", part, alone.fault, alone.help, alone);
  }
  const whole = overCharacters(pattern);
  const regex = whole === undefined ? undefined : parseRe2(`(?s:.*)(?:${whole})(?s:.*)`);
  return regex === undefined || isFault(regex) ? checker.refuse("patterns", part) : regex;
}

// Escapes by number beyond ASCII, classes of Unicode, and quotations, which could end behind the pattern.
const UNCLEAR = /\\(?:[pPQ]|x[89a-fA-F][\da-fA-F]|x\{|[0-7]{3})/;

/** The pattern with each character beyond ASCII as a group, so that a repetition repeats all of its bytes. */
function overCharacters(pattern: string): string | undefined {
  if (UNCLEAR.test(pattern.replaceAll("\\\\", "  "))) return undefined;
  if (/^[\0-\x7f]*$/.test(pattern)) return pattern;
  const plain = !pattern.includes("[") && !/\(\?[a-zA-Z]*i/.test(pattern) && !/\\[^\0-\x7f]/.test(pattern);
  return plain ? pattern.replace(/[^\0-\x7f]/gu, "(?:$&)") : undefined;
}
