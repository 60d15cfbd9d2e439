// What is valid YAML and still not clear: keys that are there twice or by alias, aliases of nothing, nesting without end.
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, type Alias, type Node, type YAMLMap } from "yaml";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { positionOf, type SourceFile, type Span } from "../source/span.ts";

/** Far more than any policy has, and far less than what exhausts the stack. */
const MAX_DEPTH = 100;

/** What the aliases of a document stand for; undefined where something was reported. */
export function checkStructure(
  root: Node,
  file: SourceFile,
  diagnostics: Diagnostics,
): ReadonlyMap<Alias, Node> | undefined {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  let sound = true;
  // Without recursion, in the order of the text: an alias stands for the last anchor of its name before it.
  const waiting: { node: Node; depth: number }[] = [{ node: root, depth: 1 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, depth } = next;
    if (depth > MAX_DEPTH) {
      reportTooDeep({ file, ...rangeOf(node) }, diagnostics);
      return undefined;
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target) targets.set(node, target);
      else {
        reportUnknownAnchor(node, file, diagnostics);
        sound = false;
      }
      continue;
    }
    if (node.anchor) anchors.set(node.anchor, node);
    if (isMap(node) && !keysAreClear(node, file, diagnostics)) sound = false;
    for (const child of childrenOf(node).reverse()) waiting.push({ node: child, depth: depth + 1 });
  }
  return sound ? targets : undefined;
}

/** Reports nesting that no policy needs. */
export function reportTooDeep(span: Span, diagnostics: Diagnostics): void {
  diagnostics.error("nested-too-deeply", "this document is nested too deeply", {
    span: { ...span, end: span.start + 1 },
    help: `no policy needs more than ${MAX_DEPTH} levels; look for brackets that are not closed`,
  });
}

function childrenOf(node: Node): Node[] {
  if (isSeq(node)) return node.items.filter(isNode);
  if (!isMap(node)) return [];
  return node.items.filter(isPair).flatMap(({ key, value }) => [key, value].filter(isNode));
}

function keysAreClear(map: YAMLMap, file: SourceFile, diagnostics: Diagnostics): boolean {
  const seen = new Map<string, Node>();
  let clear = true;
  for (const { key } of map.items) {
    if (isAlias(key)) {
      clear = false;
      reportAliasAsKey(key, file, diagnostics);
    }
    if (!isScalar(key)) continue;
    const name = String(key.value);
    const first = seen.get(name);
    if (first) {
      clear = false;
      diagnostics.error("yaml-syntax", `the key \`${name}\` is there twice in one mapping`, {
        span: { file, ...rangeOf(key) },
        help: `keep one of them; the first is on line ${positionOf(file, rangeOf(first).start).line}`,
      });
    } else {
      seen.set(name, key);
    }
  }
  return clear;
}

/** It could be a second key of the same name, and whoever reviews the file would not see it. */
function reportAliasAsKey(alias: Alias, file: SourceFile, diagnostics: Diagnostics): void {
  diagnostics.error("yaml-syntax", `the key \`*${alias.source}\` is an alias`, {
    span: { file, ...rangeOf(alias) },
    help: "write the key out; an alias may stand for values only",
  });
}

function reportUnknownAnchor(alias: Alias, file: SourceFile, diagnostics: Diagnostics): void {
  diagnostics.error("yaml-syntax", `\`*${alias.source}\` is an alias, and there is no anchor for it`, {
    span: { file, ...rangeOf(alias) },
    help: `quote a text that begins with an asterisk: "*${alias.source}"`,
  });
}

function rangeOf(node: Node): { start: number; end: number } {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}
