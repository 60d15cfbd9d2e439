// YAML text → documents whose nodes know where they stand.
import { isMap, parseAllDocuments, type Document, type YAMLMap } from "yaml";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { SourceFile } from "../source/span.ts";

/** One YAML document of a policy file: a mapping at the top. */
export interface PolicyDocument {
  readonly file: SourceFile;
  readonly document: Document;
  readonly root: YAMLMap;
}

/** The documents of a file; syntax errors are reported, and documents without any are kept. */
export function parseDocuments(file: SourceFile, diagnostics: Diagnostics): PolicyDocument[] {
  const result: PolicyDocument[] = [];
  const documents = parseAllDocuments(file.text, { prettyErrors: false, uniqueKeys: true });
  if (!Array.isArray(documents)) return result; // a file without any document
  for (const document of documents) {
    for (const error of document.errors) {
      diagnostics.error("yaml-syntax", `this is not valid YAML: ${lowerFirst(error.message)}`, {
        span: { file, start: error.pos[0], end: Math.max(error.pos[0] + 1, error.pos[1]) },
        help: "YAML indents with spaces, puts a space behind `:`, and quotes text that begins with `*`, `&`, `!` or `@`",
      });
    }
    if (document.errors.length > 0 || document.contents === null) continue;
    if (!isMap(document.contents)) {
      const [start, end] = document.contents.range;
      diagnostics.error("not-a-document", "expected a policy document, found something that is no mapping", {
        span: { file, start, end },
        help: "a document starts with `apiVersion:`, `kind:`, `metadata:` and `spec:`",
      });
      continue;
    }
    result.push({ file, document, root: document.contents });
  }
  return result;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
