// `kubectl get … -o yaml` writes several documents as one, of the kind `List`: its items are documents like any other.
import { isMap, isScalar, isSeq, type Node } from "yaml";
import type { PolicyDocument } from "../1-parse/documents.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Parameters } from "../schema/parameters.ts";
import { firstLine, follow, spanOf, type ReadContext } from "../schema/schema.ts";

/** A document, and what its reading shares with that of the others of one list: aliases count together. */
export interface ReadableDocument {
  readonly document: PolicyDocument;
  readonly context: ReadContext;
}

/** The documents, with lists replaced by what is in them. */
export function unfoldLists(
  documents: readonly PolicyDocument[],
  parameters: Parameters,
  diagnostics: Diagnostics,
): readonly ReadableDocument[] {
  return documents.flatMap((document) => {
    const { file, targets } = document;
    return unfold({ document, context: { file, diagnostics, targets, parameters, aliased: 0 } });
  });
}

function unfold({ document, context }: ReadableDocument): readonly ReadableDocument[] {
  const { root, file } = document;
  if (text(root.get("apiVersion", true)) !== "v1" || text(root.get("kind", true)) !== "List")
    return [{ document, context }];
  const items = follow(root.get("items", true) ?? null, context);
  if (!isSeq(items)) {
    context.diagnostics.error("missing-field", "a `List` needs its `items`", {
      span: firstLine(spanOf(items ?? root, file)),
      help: "write a list of documents, as `kubectl get … -o yaml` does",
    });
    return [];
  }
  return (items.items as (Node | null)[]).flatMap((written) => {
    const item = follow(written, context);
    if (isMap(item)) return unfold({ document: { ...document, root: item }, context });
    context.diagnostics.error("not-a-document", "an item of a `List` is a policy document", {
      span: spanOf(written ?? root, file),
      help: "a document starts with `apiVersion:`, `kind:`, `metadata:` and `spec:`",
    });
    return [];
  });
}

function text(node: unknown): string | undefined {
  return isScalar(node) && typeof node.value === "string" ? node.value : undefined;
}
