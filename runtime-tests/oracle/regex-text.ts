// A regular expression's tree in RE2's notation, as Envoy 1.40 reads it: byte by byte, over the whole value.
import type { Regex } from "../../compiler/automata/regex.ts";

export function regexText(regex: Regex): string {
  switch (regex.op) {
    case "empty":
      return "(?:)";
    case "bytes":
      // A class that is empty matches nothing; RE2 has no other word for it.
      return regex.ranges.length === 0 ? "[^\\x00-\\xff]" : `[${regex.ranges.map(rangeText).join("")}]`;
    case "sequence":
      return regex.of.length === 0 ? "(?:)" : regex.of.map((part) => group(regexText(part), part)).join("");
    case "choice":
      return regex.of.length === 0 ? "[^\\x00-\\xff]" : `(?:${regex.of.map(regexText).join("|")})`;
    case "repeat":
      return `(?:${regexText(regex.of)}){${regex.min},${regex.max ?? ""}}`;
  }
}

function group(text: string, part: Regex): string {
  return part.op === "repeat" || part.op === "bytes" ? text : `(?:${text})`;
}

function rangeText([from, to]: readonly [number, number]): string {
  return from === to ? byteText(from) : `${byteText(from)}-${byteText(to)}`;
}

const byteText = (byte: number): string => `\\x${byte.toString(16).padStart(2, "0")}`;
