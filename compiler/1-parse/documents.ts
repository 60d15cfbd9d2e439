// YAML text → documents whose nodes know where they stand.
import { isMap, isScalar, isSeq, parseAllDocuments, type Alias, type Node, type YAMLMap } from "yaml";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { SourceFile } from "../source/span.ts";
import { checkStructure } from "./structure.ts";
import { reportSyntax } from "./syntax.ts";

/** One YAML document of a policy file: a mapping at the top. */
export interface PolicyDocument {
  readonly file: SourceFile;
  readonly root: YAMLMap;
  /** What each alias of the document stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
}

/** The documents of a file; syntax errors are reported, and documents without any are kept. */
export function parseDocuments(file: SourceFile, diagnostics: Diagnostics): PolicyDocument[] {
  const result: PolicyDocument[] = [];
  if (!isText(file, diagnostics)) return result;
  // Keys that are there twice are found in `checkStructure`: the parser compares each key with each.
  const documents = parseAllDocuments(file.text, { prettyErrors: false, uniqueKeys: false });
  if (!Array.isArray(documents)) return result; // a file without any document
  for (const document of documents) {
    reportSyntax(document, file, diagnostics);
    if (document.errors.length > 0 || isEmpty(document.contents)) continue;
    const targets = checkStructure(document.contents, file, diagnostics);
    if (!targets) continue;
    if (!isMap(document.contents)) {
      const [start, end] = document.contents.range;
      const found = isSeq(document.contents) ? "a list" : "a text";
      diagnostics.error("not-a-document", `expected a policy document, found ${found}`, {
        span: { file, start, end },
        help: "a document starts with `apiVersion:`, `kind:`, `metadata:` and `spec:`",
      });
      continue;
    }
    result.push({ file, root: document.contents, targets });
  }
  return result;
}

/** Nothing, or nothing but comments, between two `---`. */
function isEmpty(contents: Node | null): contents is null {
  return contents === null || (isScalar(contents) && contents.source === "" && !contents.anchor);
}

/** Bytes that are no UTF-8 were read as U+FFFD; UTF-16 shows as NUL. */
function isText(file: SourceFile, diagnostics: Diagnostics): boolean {
  const start = file.text.search(/[\uFFFD\0]/);
  if (start < 0) return true;
  diagnostics.error("not-text", "this file is not UTF-8 text", {
    span: { file, start, end: start + 1 },
    label: "the first character that cannot be read",
    help: "save the file as UTF-8",
  });
  return false;
}
