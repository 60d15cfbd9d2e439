// Paths with braces: `/users/{*}/photos/{**}`.
import { isFault } from "../../automata/fault.ts";
import { isTemplate, parseTemplate } from "../../automata/template.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { inside } from "../../source/inside.ts";
import type { Located } from "../../source/span.ts";

const DROPPED = "Istio drops such a path without a word";

/** Reports what is wrong with a path that holds braces; whether there was nothing. */
export function checkTemplate(path: Located<string>, diagnostics: Diagnostics): boolean {
  if (!isTemplate(path.value)) {
    const braces = /\{[^}]*\}?|\}/.exec(path.value);
    if (!braces) return true;
    const [text] = braces;
    diagnostics.error("bad-path-template", `\`${text}\` is no operator of a path template`, {
      span: inside(path, braces.index, braces.index + text.length),
      help: `write \`{*}\` for a segment, \`{**}\` for any number; ${DROPPED}`,
    });
    return false;
  }
  const parsed = parseTemplate(path.value);
  if (!isFault(parsed)) return true;
  diagnostics.error("bad-path-template", parsed.fault, {
    span: inside(path, parsed.at, parsed.at + parsed.length),
    help: [parsed.help, DROPPED].filter((part) => part !== undefined).join("; "),
  });
  return false;
}
