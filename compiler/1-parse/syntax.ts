// What the YAML parser found wrong, in words for people who write policies.
import { isCollection, isScalar, visit, type Document, type ErrorCode, type YAMLError } from "yaml";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { lineOf, positionOf, type SourceFile } from "../source/span.ts";
import { reportTooDeep } from "./structure.ts";

type Fault = Pick<YAMLError, "code" | "message" | "pos">;

const QUOTE = 'quote a text that holds characters special to YAML, such as "*.bak", "@x" or "a: b"';

/** Message and remedy for the errors that people meet; for the others the parser's own words do. */
const wording: Partial<Record<ErrorCode, readonly [message: string, help: string]>> = {
  TAB_AS_INDENT: ["a tab cannot indent", "indent with spaces"],
  BAD_ALIAS: ["a lone `*` begins an alias, and its name is missing", 'write the asterisk in quotes: "*"'],
  BLOCK_AS_IMPLICIT_KEY: [
    "a mapping cannot begin here",
    "check the indentation of the next line, or quote a text that holds `: `",
  ],
  MULTILINE_IMPLICIT_KEY: ["a key must be on one line", "check for a missing `:` and for the indentation"],
  BAD_DQ_ESCAPE: [
    "this escape sequence is not known",
    "write a backslash as `\\\\`, or use single quotes, in which it stands for itself",
  ],
};

/** Reports a document's errors, and what the parser warns of: it reads on, and may read what nobody meant. */
export function reportSyntax(document: Document.Parsed, file: SourceFile, diagnostics: Diagnostics): void {
  const lines = new Set<number>();
  const exhausted = document.errors.filter(({ code }) => code === "RESOURCE_EXHAUSTION").slice(0, 1);
  for (const error of exhausted.length > 0 ? exhausted : document.errors) {
    // Further errors on a line follow from its first.
    const { line } = positionOf(file, error.pos[0]);
    if (!lines.has(line)) reportError(error, document, file, diagnostics);
    lines.add(line);
  }
  for (const warning of document.warnings) reportWarning(warning, file, diagnostics);
}

function reportError(
  error: Fault,
  document: Document.Parsed,
  file: SourceFile,
  diagnostics: Diagnostics,
): void {
  const span = { file, ...placeOf(error) };
  if (error.code === "RESOURCE_EXHAUSTION") return reportTooDeep(span, diagnostics);
  const open = /^(Missing closing|Flow (map|sequence) .* end with)/.test(error.message)
    ? lastOpened(document, file, span.start)
    : undefined;
  if (open) {
    diagnostics.error("yaml-syntax", `this is not valid YAML: \`${open.character}\` is never closed`, {
      span: { file, start: open.start, end: open.start + 1 },
      help: `add the closing \`${open.closing}\``,
    });
    return;
  }
  const [message, help] = wording[error.code] ?? [lowerFirst(error.message), undefined];
  diagnostics.error("yaml-syntax", `this is not valid YAML: ${message}`, {
    span,
    help: help ?? helpFor(error, file),
  });
}

function helpFor(error: Fault, file: SourceFile): string {
  const { line } = positionOf(file, error.pos[0]);
  const attribute = /(?<!["'])\brequest\.headers\[[^\]["'\s]*\]/.exec(lineOf(file, line))?.[0];
  if (attribute !== undefined) return `inside \`[ ]\` and \`{ }\` it must be quoted: "${attribute}"`;
  const parameter = /(?<!["'])\$\{[A-Za-z][\w-]*\}/.exec(lineOf(file, line))?.[0];
  if (parameter !== undefined) return `inside \`[ ]\` and \`{ }\` it must be quoted: "${parameter}"`;
  if (error.code === "BAD_INDENT") return "entries that belong together begin in the same column";
  if (error.message.startsWith("Implicit map keys"))
    return "a key is followed by `:` and a space, such as `action: DENY`";
  return QUOTE;
}

/** A custom tag would change what a value means to another tool, so it is never passed over. */
function reportWarning(warning: Fault, file: SourceFile, diagnostics: Diagnostics): void {
  const span = { file, ...placeOf(warning) };
  if (warning.code === "BAD_DIRECTIVE") {
    diagnostics.warning("yaml-syntax", `${lowerFirst(warning.message)}: read as YAML 1.2`, { span });
    return;
  }
  const tag = file.text.slice(span.start, span.end);
  diagnostics.error("yaml-syntax", `\`${tag}\` is a tag that means nothing here`, {
    span,
    help: "remove it, or quote the text if it begins with `!`",
  });
}

const closings: Readonly<Record<string, string>> = { "'": "'", '"': '"', "[": "]", "{": "}" };

/** The innermost quote or bracket before `offset` that has no end: the place to mend. */
function lastOpened(
  document: Document.Parsed,
  file: SourceFile,
  offset: number,
): { start: number; character: string; closing: string } | undefined {
  let found: { start: number; character: string; closing: string } | undefined;
  visit(document, {
    Node: (_key, node) => {
      if (!node.range || !(isScalar(node) || isCollection(node)) || node.range[0] >= offset) return;
      const [start, end] = node.range;
      const character = file.text[start] ?? "";
      const closing = closings[character];
      if (closing === undefined || (end - start > 1 && file.text[end - 1] === closing)) return;
      found = { start, character, closing };
    },
  });
  return found;
}

function placeOf({ pos: [start, end] }: Fault): { start: number; end: number } {
  return { start, end: Math.max(start + 1, end) };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
