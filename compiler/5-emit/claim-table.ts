// How claims are found: a tree of names, laid out as `filters/runtime/token/README.md` says.
import { looksAt, type ClaimPath } from "../ir/authenticate.ts";
import type { TokenRule } from "../ir/authentication.ts";
import { wordsOf } from "./words.ts";

/** Slots from here on are the stage's own: the audiences', then those of claims for headers. */
const OWN_SLOTS = 0x10000;
const NO_SLOT = 0xffffffff;

interface ClaimNode {
  readonly name: string;
  readonly children: ClaimNode[];
  texts: number;
  value: number;
  words: boolean;
}

export interface ClaimTable {
  /** The blob as little-endian words. */
  readonly words: readonly number[];
  /** The slot of the audiences. */
  readonly audiences: number;
  /** For each of the rule's claim headers the slots of its paths, in order. */
  readonly headers: readonly (readonly number[])[];
}

/** @param slots the slot of each claim that later stages look at */
export function claimTable(
  rule: TokenRule,
  slots: readonly { readonly path: ClaimPath; readonly slot: number }[],
): ClaimTable {
  const root = node("");
  let own = OWN_SLOTS + 1;
  let audiences = OWN_SLOTS;
  const at = (path: ClaimPath): ClaimNode => path.reduce(child, root);
  for (const { path, as } of looksAt(
    rule,
    slots.map((s) => s.path),
  )) {
    const found = at(path);
    const planned = slots.find((s) => JSON.stringify(s.path) === JSON.stringify(path));
    found.texts = planned?.slot ?? OWN_SLOTS;
    found.words = as === "words";
    if (path.length === 1 && path[0] === "aud") audiences = found.texts;
  }
  const headers = rule.claimHeaders.map(({ paths }) =>
    paths.map((path) => {
      const found = at(path);
      if (found.value === NO_SLOT) found.value = own++;
      return found.value;
    }),
  );
  return { words: layOut(root), audiences, headers };
}

function node(name: string): ClaimNode {
  return { name, children: [], texts: NO_SLOT, value: NO_SLOT, words: false };
}

function child(parent: ClaimNode, name: string): ClaimNode {
  let found = parent.children.find((c) => c.name === name);
  if (!found) parent.children.push((found = node(name)));
  return found;
}

const NODE_BYTES = 32;

function layOut(root: ClaimNode): number[] {
  const nodes = [root];
  const numbers = new Map<ClaimNode, number>([[root, 0]]);
  for (let i = 0; i < nodes.length; i++)
    for (const c of nodes[i]?.children ?? []) numbers.set(c, nodes.push(c) - 1);
  const next = new Map<ClaimNode, number>();
  for (const { children } of nodes)
    children.forEach((c, i) => next.set(c, numbers.get(children[i + 1] ?? root) ?? 0));
  let name = 4 + NODE_BYTES * nodes.length;
  const words = nodes.flatMap((n) => {
    const [first] = n.children;
    const words = [name, n.name.length, first ? (numbers.get(first) ?? 0) : 0, next.get(n) ?? 0];
    name += n.name.length;
    return [...words, n.texts, n.value, n.words ? 1 : 0, 0];
  });
  return [nodes.length, ...words, ...wordsOf(nodes.map((n) => n.name).join(""))];
}
