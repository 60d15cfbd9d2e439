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

/** Filters keep the length of a label, its first byte aside, in 16 bits: longer ones are several nodes. */
const LABEL_MAX = 65_536;

/** A text as it is walked along, and what ends there. */
interface Entry {
  readonly text: string;
  readonly exact: number[];
  readonly prefix: number[];
}

/** Builds the trie. `backwards`: texts are matched from the value's end, and witnesses written forwards. */
export function buildTrie(patterns: readonly TriePattern[], backwards = false): Trie {
  const notEmpty = patterns.filter(({ kind }) => kind === "not-empty").map(({ test }) => test);
  const entries = entriesOf(patterns, backwards);
  const table = new ClassTable();
  const written = (path: string): string => (backwards ? reversed(path) : path);
  const nodes: TrieNode[] = [];
  // A node is the entries from `from` up to `to`, which have their first `depth` bytes in common.
  const queue = [{ from: 0, to: entries.length, depth: 0, label: "", tests: [] as readonly number[] }];
  for (let at = 0; at < queue.length; at++) {
    const { from, to, depth, label, tests } = queue[at] as (typeof queue)[number];
    const first = entries[from];
    const here = first?.text.length === depth ? first : undefined;
    const path = first?.text.slice(0, depth) ?? "";
    const reached = here && here.prefix.length > 0 ? [...tests, ...here.prefix] : tests;
    const beyond = at === 0 ? [...reached, ...notEmpty] : reached;
    const firstChild = queue.length;
    const taken = new Set<string>();
    for (let start = here ? from + 1 : from; start < to;) {
      const byte = entries[start]?.text.charAt(depth) ?? "";
      const end = endOfRun(entries, start, to, depth);
      taken.add(byte);
      const child = commonEdge(entries, start, end, depth);
      queue.push({ from: start, to: end, depth: depth + child.length, label: child, tests: beyond });
      start = end;
    }
    const off = PREFERRED.find((candidate) => !taken.has(candidate));
    nodes.push({
      label,
      firstChild,
      children: queue.length - firstChild,
      end: table.of(here && here.exact.length > 0 ? [...reached, ...here.exact] : reached, written(path)),
      // The shortest value that comes by here and goes where none of the children do.
      through: table.of(beyond, off === undefined ? undefined : written(path + off)),
    });
  }
  return { nodes, classes: table.classes };
}

/** Each text once, in the order of their bytes: those that begin alike stand together. */
function entriesOf(patterns: readonly TriePattern[], backwards: boolean): readonly Entry[] {
  const found = new Map<string, Entry>();
  for (const { kind, text, test } of patterns) {
    if (kind === "not-empty") continue;
    const walked = backwards ? reversed(text) : text;
    let entry = found.get(walked);
    if (!entry) found.set(walked, (entry = { text: walked, exact: [], prefix: [] }));
    entry[kind].push(test);
  }
  return [...found.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
}

/** Behind the last of the entries from `start` that have the same byte at `depth`. */
function endOfRun(entries: readonly Entry[], start: number, to: number, depth: number): number {
  const byte = entries[start]?.text.charCodeAt(depth);
  let low = start + 1;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]?.text.charCodeAt(depth) === byte) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What all entries of a run have in common from `depth` on, as far as a label goes. */
function commonEdge(entries: readonly Entry[], start: number, end: number, depth: number): string {
  const first = entries[start]?.text ?? "";
  const last = entries[end - 1]?.text ?? "";
  const most = Math.min(first.length, depth + LABEL_MAX);
  let at = depth + 1;
  while (at < most && first.charCodeAt(at) === last.charCodeAt(at)) at++;
  return first.slice(depth, at);
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

/** Bytes that make readable witnesses, then all others. */
const PREFERRED = [
  ...Array.from("xyzabcdefghijklmnopqrstuvw0123456789/-_.ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
  ...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)),
];

function reversed(bytes: string): string {
  return Buffer.from(bytes, "latin1").reverse().toString("latin1");
}
