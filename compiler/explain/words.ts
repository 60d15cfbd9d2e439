// What conditions ask for and what requests have, in words. Texts of requests and policies are byte strings; what is shown of
// them is on one line, and short.
import { printable } from "../diagnostics/printable.ts";
import type { Attribute, Predicate } from "../ir/program.ts";
import { formatBlock } from "../net/block.ts";
import { regexNotation } from "./regex-notation.ts";

/** A text in backticks, printable, and cut where it is long. */
export function quoted(bytes: string): string {
  return quotedText(Buffer.from(bytes, "latin1").toString("utf8"));
}

/** As `quoted`, of a text that is Unicode already. */
export function quotedText(text: string): string {
  const LONGEST = 64;
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return `\`${printable(short.replaceAll("`", "'"))}\``;
}

/** What of a request an attribute is, such as ``header `x-user` ``. */
export function subjectWords(attribute: Attribute): string {
  switch (attribute.kind) {
    case "method":
    case "path":
    case "host":
    case "hostname":
      return attribute.kind;
    case "header":
      return `header ${quoted(attribute.name)}`;
    case "cookie":
      return `cookie ${quoted(attribute.name)}`;
    case "query":
      return `query parameter ${quoted(attribute.name)}`;
    case "claim":
      return `claim ${quoted(attribute.path.join("."))}`;
    case "principal":
      return "the peer's certificate";
    case "sni":
      return "server name (SNI)";
    case "destination-port":
      return "destination port";
    case "metadata":
      return `metadata ${quoted([attribute.filter, ...attribute.path].join(" "))}`;
    case "peer":
      return "the peer's address";
    case "client":
      return "the client's address";
    case "destination":
      return "destination address";
  }
}

/** What a request has of an attribute: `is absent`, ``is `a` ``. */
export function hadWords(attribute: Attribute, values: readonly string[]): string {
  if (values.length === 0)
    return attribute.kind === "peer" || attribute.kind === "client" ? "is unknown" : "is absent";
  return `is ${listed(values.map(quoted), "and")}`;
}

/** What a predicate asks for, as a noun: ``what begins with `/a` ``. */
export function wantedWords(predicate: Predicate): string {
  switch (predicate.kind) {
    case "exact":
      return quoted(predicate.text);
    case "present":
      return "any value";
    case "not-empty":
      return "a value that is not empty";
    case "in-block":
      return isOne(predicate.block) ? blockWords(predicate.block) : `one in ${blockWords(predicate.block)}`;
    case "prefix":
    case "suffix":
    case "regex":
      return `what ${verbWords(predicate)}`;
  }
}

/** What a value does that satisfies a predicate: ``begins with `/a` ``; undefined where the value says it all. */
export function verbWords(predicate: Predicate): string | undefined {
  switch (predicate.kind) {
    case "exact":
    case "present":
    case "not-empty":
      return undefined;
    case "prefix":
      return `begins with ${quoted(predicate.text)}`;
    case "suffix":
      return `ends with ${quoted(predicate.text)}`;
    case "regex":
      return `matches ${quoted(regexNotation(predicate.regex))}`;
    case "in-block":
      return isOne(predicate.block) ? undefined : `lies in ${blockWords(predicate.block)}`;
  }
}

type AddressBlock = Parameters<typeof formatBlock>[0];

function isOne({ family, bits }: AddressBlock): boolean {
  return bits === (family === 4 ? 32 : 128);
}

/** In CIDR notation, a single address as such. */
export function blockWords(block: AddressBlock): string {
  const text = formatBlock(block);
  return `\`${isOne(block) ? text.replace(/\/\d+$/, "") : text}\``;
}

/** As many of a list as a person reads; the rest is counted. */
export function listed(words: readonly string[], conjunction: "and" | "or"): string {
  const MOST = 4;
  const shown = words.length > MOST ? words.slice(0, MOST - 1) : words;
  const more = words.length - shown.length;
  const all = more > 0 ? [...shown, `${more} more`] : shown;
  if (all.length < 3) return all.join(` ${conjunction} `);
  return `${all.slice(0, -1).join(", ")} ${conjunction} ${all.at(-1) ?? ""}`;
}
