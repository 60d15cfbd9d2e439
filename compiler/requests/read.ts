// A description in a file of its own, in YAML or JSON: the same fields as in a test's `request`.
import { parseDocument, type Node } from "yaml";
import { checkStructure } from "../1-parse/structure.ts";
import { reportSyntax } from "../1-parse/syntax.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { Parameters } from "../schema/parameters.ts";
import { spanOf } from "../schema/schema.ts";
import type { SourceFile } from "../source/span.ts";
import { checkDescription, requestDescription, type RequestDescription } from "./description.ts";

/** The description, or undefined where something was reported. */
export function readDescription(file: SourceFile, diagnostics: Diagnostics): RequestDescription | undefined {
  const document = parseDocument(file.text, { prettyErrors: false, uniqueKeys: false });
  const before = diagnostics.errors;
  reportSyntax(document, file, diagnostics);
  if (diagnostics.errors > before) return undefined;
  const root: Node | null = document.contents;
  const targets = root ? checkStructure(root, file, diagnostics) : new Map<never, never>();
  if (!targets) return undefined;
  const at = root ? spanOf(root, file) : { file, start: 0, end: 0 };
  const context = { file, diagnostics, targets, parameters: new Parameters(), aliased: 0 };
  const read = requestDescription.read(root, at, context);
  if (read) checkDescription(read, diagnostics);
  return diagnostics.errors > before ? undefined : read;
}
