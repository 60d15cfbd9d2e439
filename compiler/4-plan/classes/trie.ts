// Exact texts and prefixes → a radix trie over bytes. One walk along a value finds the class of all patterns at once,
// however many there are. Suffixes are prefixes of the value read backwards.
import { ClassTable, type ValueClass } from "./class-table.ts";

/** A pattern and the test that it stands for. */
export interface TriePattern {
  /** `not-empty` asks for any byte; its text is empty. */
  readonly kind: "exact" | "prefix" | "not-empty";
  readonly text: string;
  readonly test: number;
}

/**
 * Nodes in breadth-first order, so that the children of one stand side by side, ordered by their first bytes. The root is
 * node 0. A value that ends at a node is of class `end`; one that goes on where no child does is of class `through`.
 */
export interface TrieNode {
  /** What leads here from the parent, the first byte included. */
  readonly label: string;
  readonly firstChild: number;
  readonly children: number;
  readonly through: number;
  readonly end: number;
}

export interface Trie {
  readonly nodes: readonly TrieNode[];
  readonly classes: readonly ValueClass[];
}

interface Growing {
  readonly children: Map<string, Growing>;
  readonly exact: number[];
  readonly prefix: number[];
}

/** Builds the trie. `backwards`: texts are matched from the value's end, and witnesses written forwards. */
export function buildTrie(patterns: readonly TriePattern[], backwards = false): Trie {
  const root: Growing = { children: new Map(), exact: [], prefix: [] };
  const notEmpty: number[] = [];
  for (const { kind, text, test } of patterns) {
    if (kind === "not-empty") notEmpty.push(test);
    else nodeOf(root, backwards ? reversed(text) : text)[kind].push(test);
  }
  const table = new ClassTable();
  const written = (path: string): string => (backwards ? reversed(path) : path);
  const nodes: TrieNode[] = [];
  const queue: { node: Growing; label: string; path: string; tests: readonly number[] }[] = [
    { node: root, label: "", path: "", tests: [] },
  ];
  for (let at = 0; at < queue.length; at++) {
    const { node, label, path, tests } = queue[at] as (typeof queue)[number];
    const reached = node.prefix.length > 0 ? [...tests, ...node.prefix] : tests;
    const beyond = at === 0 ? [...reached, ...notEmpty] : reached;
    const edges = [...node.children].map(([byte, child]) => compressed(byte, child));
    edges.sort((a, b) => (a.label < b.label ? -1 : 1));
    nodes.push({
      label,
      firstChild: queue.length,
      children: edges.length,
      end: table.of(node.exact.length > 0 ? [...reached, ...node.exact] : reached, written(path)),
      through: table.of(beyond, offPath(path, node, written)),
    });
    for (const edge of edges) {
      queue.push({ node: edge.node, label: edge.label, path: path + edge.label, tests: beyond });
    }
  }
  return { nodes, classes: table.classes };
}

/** The class of a value: what the filter finds, in plain arithmetic. */
export function walkTrie(trie: Trie, value: string, backwards = false): number {
  const text = backwards ? reversed(value) : value;
  let node = trie.nodes[0] as TrieNode;
  for (let at = 0; ;) {
    if (at === text.length) return node.end;
    const children = trie.nodes.slice(node.firstChild, node.firstChild + node.children);
    const child = children.find(({ label }) => text.startsWith(label, at));
    if (!child) return node.through;
    at += child.label.length;
    node = child;
  }
}

function nodeOf(root: Growing, text: string): Growing {
  let node = root;
  for (const byte of text) {
    let child = node.children.get(byte);
    if (!child) node.children.set(byte, (child = { children: new Map(), exact: [], prefix: [] }));
    node = child;
  }
  return node;
}

/** The edge from here on, past all nodes at which nothing ends and nothing parts. */
function compressed(byte: string, child: Growing): { label: string; node: Growing } {
  let label = byte;
  let node = child;
  while (node.children.size === 1 && node.exact.length === 0 && node.prefix.length === 0) {
    const [next] = node.children;
    if (!next) break;
    label += next[0];
    node = next[1];
  }
  return { label, node };
}

/** Bytes that make readable witnesses, then all others. */
const PREFERRED = [
  ...Array.from("xyzabcdefghijklmnopqrstuvw0123456789/-_.ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
  ...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)),
];

/** The shortest value that comes by a node and goes where none of its children do. */
function offPath(path: string, node: Growing, written: (path: string) => string): string | undefined {
  const byte = PREFERRED.find((candidate) => !node.children.has(candidate));
  return byte === undefined ? undefined : written(path + byte);
}

function reversed(text: string): string {
  return Array.from(text).reverse().join("");
}
