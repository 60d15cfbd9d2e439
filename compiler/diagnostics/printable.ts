// Findings quote what policies and file names say. What they quote never steers a terminal, never begins a new line in a
// log, and never floods either.

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNPRINTABLE = /[\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A text on one line, with escapes for what cannot be shown and long quotations cut. */
export function printable(text: string): string {
  return cut(
    text.replaceAll("``", '`""`').replace(/`[^`]{120,}`/g, (quoted) => `\`${quoted.slice(1, 80)}…\``),
  ).replace(UNPRINTABLE, escapeOf);
}

/** Each line of a text whole, with escapes for what cannot be shown. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (character === "\n" ? "\n" : escapeOf(character)));
}

function escapeOf(character: string): string {
  return JSON_ESCAPES[character] ?? `\\u${hex(character)}`;
}

/** A line of a file with one visible character for each of its characters, so that carets stay where they belong. */
export function visible(line: string): string {
  return line.replace(UNPRINTABLE, (character) => (character === "\t" ? "\t" : "\u00b7"));
}

const JSON_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0" };
const LONGEST = 600;

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}
