// Findings in SARIF 2.1.0, the OASIS standard by which code review shows them beside the lines they are about.
import { createHash } from "node:crypto";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { lineOf, positionOf, type SourceFile, type Span } from "../source/span.ts";
import { version } from "../version.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { codePage, type CodePage } from "./pages.ts";

/**
 * A log of one run. What has no place is said of `whole`, a path that was checked: viewers refuse a log with a result
 * that is nowhere.
 */
export async function sarifLog(diagnostics: readonly Diagnostic[], whole: string): Promise<object> {
  const names = new Map(diagnostics.map(({ code, name }) => [code, name]));
  const found = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
  const rules = await Promise.all(found.map(async ([code, name]) => rule(name, await codePage(code))));
  const fingerprints = new Fingerprints();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "tollgate", version, semanticVersion: version, rules } },
        // Without an address of its own: the log is then the same wherever the command was run.
        originalUriBaseIds: { [BASE]: { description: { text: "The folder in which the command was run." } } },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((diagnostic) => ({
          ruleId: diagnostic.code,
          ruleIndex: found.findIndex(([code]) => code === diagnostic.code),
          level: diagnostic.severity,
          message: { text: messageText(diagnostic) },
          locations: [{ physicalLocation: location(diagnostic.span, whole) }],
          partialFingerprints: { "tollgateFinding/v1": fingerprints.of(diagnostic) },
        })),
      },
    ],
  };
}

/** The name that code scanning services take for the root of the sources. */
const BASE = "%SRCROOT%";

function rule(name: string, { code, title, summary, body, remedy }: CodePage): object {
  return {
    id: code,
    name: name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: summary },
    help: { text: plain(remedy), markdown: body },
  };
}

/** Markdown of a page as plain text: what is in a fenced block stays as it is. */
function plain(markdown: string): string {
  return markdown.replace(/^```.*\n/gm, "");
}

/** The finding, what stands under its caret, and what to do, each on a line of its own. */
function messageText({ message, label, help }: Diagnostic): string {
  const lines = [
    message,
    ...(label === undefined ? [] : [label]),
    ...(help === undefined ? [] : [`help: ${help}`]),
  ];
  // Policies are quoted here: §3.11.5, so that `{0}` is no placeholder, and §3.11.6, so that nothing becomes a link.
  return lines.join("\n").replace(/[{}]/g, "$&$&").replaceAll("](", "] (");
}

function location(span: Span | undefined, whole: string): object {
  if (!span) return { artifactLocation: artifact(path.relative(process.cwd(), whole)) };
  const { file, start, end } = span;
  const from = positionOf(file, start);
  const to = positionOf(file, end);
  return {
    artifactLocation: artifact(file.shown),
    region: { startLine: from.line, startColumn: from.column, endLine: to.line, endColumn: to.column },
  };
}

/** A path from the current folder. One outside of it is told from the root: SARIF wants no `..` in it (§3.10.2). */
function artifact(shown: string): object {
  const segments = shown.split(path.sep);
  if (segments[0] === ".." || path.isAbsolute(shown)) return { uri: fileUri(path.resolve(shown)) };
  return { uri: shown === "" ? "./" : segments.map(escaped).join("/"), uriBaseId: BASE };
}

function fileUri(absolute: string): string {
  // What Node leaves as it is but RFC 3986 does not allow in a path.
  return pathToFileURL(absolute).href.replace(/[^\w\-.~:/!$&'()*+,;=@%]/g, escaped);
}

function escaped(text: string): string {
  // By way of bytes: half a surrogate pair, as Windows allows in names, has no escape.
  return encodeURIComponent(Buffer.from(text).toString());
}

/**
 * What tells a finding from others as long as its line stays: not where the line stands, so that a viewer knows it again
 * when lines are added above. Where all of that is the same, findings are counted.
 */
class Fingerprints {
  readonly #seen = new Map<string, number>();

  of({ code, message, span }: Diagnostic): string {
    const about = span ? [span.file.path, lineAt(span.file, span.start)] : [message];
    const key = [code, ...about].join("\0");
    const count = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, count);
    return `${createHash("sha256").update(key).digest("hex").slice(0, 32)}:${count}`;
  }
}

function lineAt(file: SourceFile, offset: number): string {
  return lineOf(file, positionOf(file, offset).line).trim();
}
