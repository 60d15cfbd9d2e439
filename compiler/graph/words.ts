// What rules ask for, in the few words that a box has room for. Values stand as policies write them: `abc` is exact, `abc*` a
// prefix, `*abc` a suffix, `*` anything that is there; a regular expression stands behind `~`.
import { parseTemplate } from "../automata/template.ts";
import { isFault } from "../automata/fault.ts";
import type { Regex } from "../automata/regex.ts";
import { printable } from "../diagnostics/printable.ts";
import { regexNotation } from "../explain/regex-notation.ts";
import type { Attribute, Condition, KeyPart, Predicate, Test } from "../ir/program.ts";
import { formatBlock } from "../net/block.ts";

/** A byte string of the program as text. */
export function shown(bytes: string): string {
  return printable(Buffer.from(bytes, "latin1").toString("utf8"));
}

/** What a condition asks for, in lines of which all must hold. None: every request. */
export function conditionLines(condition: Condition): string[] {
  if (condition.op === "constant") return condition.value ? [] : ["nothing"];
  const parts = condition.op === "all" ? condition.of : [condition];
  const asked = parts.filter((part) => !isImplied(part, parts));
  const sorted = asked
    .map((part) => ({ part, rank: rankOf(part) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ part }) => part);
  const [first, second, ...rest] = sorted;
  // As a request's own first line has them.
  if (first && second && rankOf(first) === METHOD && rankOf(second) === PATH)
    return [`${line(first)} ${line(second)}`, ...rest.map(line)];
  return sorted.map(line);
}

const METHOD = 0;
const PATH = 1;
const HOST = 2;

/** The order of lines: the method, the path, the host, then all else. */
function rankOf(condition: Condition): number {
  const attribute = sameAttribute(condition.op === "any" ? condition.of : [condition])?.attribute.kind;
  if (attribute === "method") return METHOD;
  if (attribute === "path") return PATH;
  return attribute === "host" || attribute === "hostname" ? HOST : HOST + 1;
}

/** That an address is known need not be said beside what it has to be. */
function isImplied(part: Condition, parts: readonly Condition[]): boolean {
  if (part.op !== "test" || part.predicate.kind !== "present") return false;
  const { kind } = part.attribute;
  return ["peer", "client", "destination"].includes(kind) && parts.some((other) => asksMore(other, kind));
}

function asksMore(condition: Condition, kind: Attribute["kind"]): boolean {
  if (condition.op === "not") return asksMore(condition.of, kind);
  if (condition.op === "any") return condition.of.some((part) => asksMore(part, kind));
  return (
    condition.op === "test" && condition.attribute.kind === kind && condition.predicate.kind !== "present"
  );
}

function line(condition: Condition): string {
  switch (condition.op) {
    case "constant":
      return condition.value ? "every request" : "nothing";
    case "test":
      return asked(condition.attribute, [condition.predicate]);
    case "cel":
      return printable(condition.expression.text.replace(/\s+/g, " "));
    case "not":
      return negated(condition.of);
    case "any":
      return alternatives(condition.of);
    case "all":
      return conditionLines(condition).join(" and ");
  }
}

function alternatives(parts: readonly Condition[]): string {
  const same = sameAttribute(parts);
  if (same) return asked(same.attribute, same.predicates);
  const unknown = parts.filter((part) => part.op === "not" && isPresence(part.of));
  const rest = parts.filter((part) => !unknown.includes(part));
  if (unknown.length > 0 && rest.length > 0) return `${alternatives(rest)}, or unknown`;
  // Tests of one attribute among others stand together.
  const tests = sameAttribute(rest.filter((part) => part.op === "test"));
  return tests && rest.length > 1
    ? [asked(tests.attribute, tests.predicates), ...rest.filter((part) => part.op !== "test").map(line)].join(
        " or ",
      )
    : parts.map(line).join(" or ");
}

function negated(condition: Condition): string {
  const same = sameAttribute(condition.op === "any" ? condition.of : [condition]);
  if (!same) return `not (${line(condition)})`;
  if (same.predicates.every(({ kind }) => kind === "present")) return `no ${named(same.attribute)}`;
  return asked(same.attribute, same.predicates, "not ");
}

function isPresence(condition: Condition): boolean {
  return condition.op === "test" && condition.predicate.kind === "present";
}

function sameAttribute(
  parts: readonly Condition[],
): { readonly attribute: Attribute; readonly predicates: readonly Predicate[] } | undefined {
  const tests = parts.filter((part): part is Test => part.op === "test");
  const [first] = tests;
  if (!first || tests.length < parts.length) return undefined;
  const key = JSON.stringify(first.attribute);
  if (tests.some(({ attribute }) => JSON.stringify(attribute) !== key)) return undefined;
  return { attribute: first.attribute, predicates: tests.map(({ predicate }) => predicate) };
}

function asked(attribute: Attribute, predicates: readonly Predicate[], not = ""): string {
  const more = predicates.length - MOST_VALUES;
  const values =
    predicates.slice(0, MOST_VALUES).map(valueWords).join(", ") + (more > 0 ? `, and ${more} more` : "");
  const name = label(attribute);
  return name === "" ? not + values : `${name} ${not}${values}`;
}

/** Of thousands of values nobody reads more. */
const MOST_VALUES = 12;

/** What stands before values; of method and path nothing, as one sees what they are. */
function label(attribute: Attribute): string {
  return attribute.kind === "method" || attribute.kind === "path" ? "" : `${named(attribute)}:`;
}

function named(attribute: Attribute): string {
  switch (attribute.kind) {
    case "method":
    case "path":
    case "host":
      return attribute.kind;
    case "hostname":
      return "host";
    case "header":
      return attribute.name === ":scheme" ? "scheme" : shown(attribute.name);
    case "cookie":
      return `cookie ${shown(attribute.name)}`;
    case "query":
      return `query ${shown(attribute.name)}`;
    case "claim":
      return `claim ${shown(attribute.path.join("."))}`;
    case "principal":
      return "principal";
    case "sni":
      return "SNI";
    case "destination-port":
      return "port";
    case "metadata":
      return `metadata ${shown([attribute.filter, ...attribute.path].join("."))}`;
    case "peer":
      return "from";
    case "client":
      return "client";
    case "destination":
      return "to";
  }
}

function valueWords(predicate: Predicate): string {
  switch (predicate.kind) {
    case "exact":
      return predicate.text === "" ? "empty" : shown(predicate.text);
    case "prefix":
      return `${shown(predicate.text)}*`;
    case "suffix":
      return `*${shown(predicate.text)}`;
    case "present":
    case "not-empty":
      return "*";
    case "in-block":
      return formatBlock(predicate.block);
    case "regex":
      return regexWords(predicate.regex);
  }
}

/** A template or a pattern with asterisks as one writes it, any other expression in RE2's notation. */
function regexWords(regex: Regex): string {
  const notation = regexNotation(regex);
  const written = notation.replaceAll(WITHIN, "{*}").replaceAll(ACROSS, "{**}").replaceAll(ANYTHING, "*");
  const rest = written.replaceAll(/\{\*\*?\}|\*|\\[^\w*]/g, "");
  return /[[\](){}+?|^$\\]/.test(rest)
    ? `~${shown(notation)}`
    : shown(written.replaceAll(/\\(?=[^\w*])/g, ""));
}

function notationOf(template: string): string {
  const regex = parseTemplate(template);
  if (isFault(regex)) throw new Error(`no template: ${template}`);
  return regexNotation(regex);
}

const WITHIN = notationOf("/{*}").slice(1);
const ACROSS = notationOf("/{**}").slice(1);
/** As `*` stands for in names of workloads, and `.*` in RE2. */
const ANYTHING = "[^\\x0a]*";

/** What a limit counts by. */
export function keyWords(part: KeyPart): string {
  switch (part.kind) {
    case "header":
      return shown(part.name);
    case "host":
    case "path":
      return part.kind;
    case "query":
    case "cookie":
      return `${part.kind} ${shown(part.name)}`;
    case "claim":
      return `claim ${shown(part.path.join("."))}`;
    case "peer":
      return `address /${part.v4Bits} /${part.v6Bits}`;
    case "cel":
      return printable(part.expression.text.replace(/\s+/g, " "));
  }
}
