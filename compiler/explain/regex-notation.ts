// A regular expression's tree as a person would write it, for explanations: patterns, templates and identities are all kept as
// trees.
import type { Regex } from "../automata/regex.ts";

/** RE2's notation, byte by byte. */
export function regexNotation(regex: Regex): string {
  switch (regex.op) {
    case "empty":
      return "";
    case "bytes":
      return classNotation(regex.ranges);
    case "sequence":
      return regex.of.map((part) => (part.op === "choice" ? grouped(part) : regexNotation(part))).join("");
    case "choice":
      return regex.of.length === 0 ? NOTHING : regex.of.map(regexNotation).join("|");
    case "repeat":
      return grouped(regex.of) + times(regex.min, regex.max);
  }
}

/** A class without a byte. */
const NOTHING = "[^\\x00-\\xff]";

function grouped(regex: Regex): string {
  const text = regexNotation(regex);
  return regex.op === "bytes" ? text : `(${text})`;
}

function times(min: number, max: number | undefined): string {
  if (max === undefined) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  if (min === 0 && max === 1) return "?";
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

type Ranges = Extract<Regex, { op: "bytes" }>["ranges"];

function classNotation(ranges: Ranges): string {
  const [first, ...others] = ranges;
  if (!first) return NOTHING;
  if (others.length === 0 && first[0] === 0 && first[1] === 255) return ".";
  if (others.length === 0 && first[0] === first[1]) return byteNotation(first[0], /[\\^$.|?*+()[\]{}]/);
  const excluded = complement(ranges);
  const short = excluded.length < ranges.length ? excluded : ranges;
  return `[${short === ranges ? "" : "^"}${short.map(rangeNotation).join("")}]`;
}

function complement(ranges: Ranges): Ranges {
  const gaps: (readonly [number, number])[] = [];
  let next = 0;
  for (const [from, to] of ranges) {
    if (from > next) gaps.push([next, from - 1]);
    next = to + 1;
  }
  return next <= 255 ? [...gaps, [next, 255]] : gaps;
}

function rangeNotation([from, to]: readonly [number, number]): string {
  const special = /[\\\]^-]/;
  const [first, last] = [byteNotation(from, special), byteNotation(to, special)];
  return from === to ? first : to === from + 1 ? first + last : `${first}-${last}`;
}

function byteNotation(byte: number, special: RegExp): string {
  const character = String.fromCharCode(byte);
  if (!/[!-~]/.test(character)) return `\\x${byte.toString(16).padStart(2, "0")}`;
  return special.test(character) ? `\\${character}` : character;
}
