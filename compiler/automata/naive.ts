// Matching a regular expression in the plainest way: the truth against which automata are tested.
import type { Regex } from "./regex.ts";

/** Whether the whole text, one character a byte, matches. */
export function matchesRegex(regex: Regex, text: string): boolean {
  return endsOf(regex, new Set([0]), text).has(text.length);
}

/** Where matches can end that begin at one of these places. */
function endsOf(regex: Regex, starts: ReadonlySet<number>, text: string): ReadonlySet<number> {
  switch (regex.op) {
    case "empty":
      return starts;
    case "bytes":
      return new Set(
        [...starts]
          .filter((at) =>
            regex.ranges.some(([from, to]) => from <= text.charCodeAt(at) && text.charCodeAt(at) <= to),
          )
          .map((at) => at + 1),
      );
    case "sequence":
      return regex.of.reduce((at, part) => endsOf(part, at, text), starts);
    case "choice":
      return new Set(regex.of.flatMap((part) => [...endsOf(part, starts, text)]));
    case "repeat": {
      let at = starts;
      for (let i = 0; i < regex.min; i++) at = endsOf(regex.of, at, text);
      const all = new Set(at);
      for (let i = regex.min; i < (regex.max ?? Infinity) && at.size > 0; i++) {
        at = new Set([...endsOf(regex.of, at, text)].filter((end) => !all.has(end)));
        for (const end of at) all.add(end);
      }
      return all;
    }
  }
}
