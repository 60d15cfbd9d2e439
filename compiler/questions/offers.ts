// Values such that every combination of classes that any text has, in all scans of an attribute, is among theirs.
import { representatives, partition } from "../automata/byte-classes.ts";
import type { Dfa } from "../automata/dfa.ts";
import type { Trie } from "../4-plan/classes/trie.ts";
import { reversed, triePaths, trieWalk } from "./scan.ts";

export type Offer = (value: string) => void;

/** What values of an attribute are looked through for. */
export interface Scans {
  readonly forwards: Trie | undefined;
  /** Of suffixes. */
  readonly backwards: Trie | undefined;
  readonly dfas: readonly Dfa[];
  /** Bytes that no value has. */
  readonly never: RegExp | undefined;
}

const MAX_COMBINATIONS = 100_000;
const MAX_STEPS = 1_500_000;
const MAX_BYTES = 400_000;
const TOO_MANY = "its patterns combine in too many ways";

/**
 * Where only tries are walked. A text either is what leads to a node, or leaves the trie of its beginning at one and that of its
 * end at another, and any beginning goes with any end. Returns why something may be missing, in words.
 */
export function offerCombined({ forwards, backwards, never }: Scans, offer: Offer): string | undefined {
  offer("");
  for (const path of forwards ? triePaths(forwards) : []) offer(path);
  const starts = exitsOf(forwards, never);
  const ends = exitsOf(backwards, never);
  if (!starts || !ends || starts.length * ends.length > MAX_COMBINATIONS) return TOO_MANY;
  for (const start of starts) {
    for (const end of ends) {
      offer(start + reversed(end));
      // Shorter ones, which are as good where beginning and end do not reach into each other.
      offer(start + reversed(end.slice(0, -1)));
      offer(start.slice(0, -1) + reversed(end.slice(0, -1)));
    }
  }
  return undefined;
}

/** For each class beyond a node of the trie a shortest text that gets there. Undefined where a node has no way out. */
function exitsOf(trie: Trie | undefined, never: RegExp | undefined): readonly string[] | undefined {
  if (!trie) return [""];
  const paths = triePaths(trie);
  const found = new Map<number, string>();
  for (const [number, { firstChild, children, through }] of trie.nodes.entries()) {
    const path = paths[number] ?? "";
    if (never?.test(path) || (found.get(through)?.length ?? Infinity) <= path.length + 1) continue;
    const taken = new Set(
      trie.nodes.slice(firstChild, firstChild + children).map(({ label }) => label.charAt(0)),
    );
    const off = LEGIBLE.find((byte) => !taken.has(byte) && !never?.test(byte));
    if (off === undefined) return undefined;
    found.set(through, path + off);
  }
  return [...found.values()];
}

/**
 * Where automata are walked as well: all scans side by side, byte by byte. `around`: what texts begin with by preference.
 * Returns why something may be missing, in words.
 */
export function offerRead(
  scans: Scans,
  around: readonly (readonly [before: string, after: string])[],
  offer: Offer,
): string | undefined {
  const budget = { steps: MAX_STEPS };
  const preferred = around[0]?.[0] ?? "";
  if (preferred !== "") read(scans, preferred, offer, budget);
  return read(scans, "", offer, budget) ? undefined : TOO_MANY;
}

interface Place {
  readonly text: string;
  /** The text, inside the trie; behind its edge the class that it has there, whatever follows. */
  readonly inside: string | number;
  /** The longest end of the text with which a suffix begins. */
  readonly ending: string;
  readonly states: readonly number[];
}

function read(scans: Scans, from: string, offer: Offer, budget: { steps: number }): boolean {
  const prefixes = scans.forwards ? triePaths(scans.forwards) : [];
  const suffixesFound = scans.backwards ? triePaths(scans.backwards).map(reversed) : [];
  if ([...prefixes, ...suffixesFound].reduce((sum, { length }) => sum + length, 0) > MAX_BYTES) return false;
  const forwards = new Beginnings(prefixes);
  const walk = scans.forwards ? trieWalk(scans.forwards) : () => 0;
  const suffixes = new Beginnings(suffixesFound);
  const groups = byteGroups(scans.dfas, scans.never);
  const step = (place: Place, byte: string): Place => ({
    text: place.text + byte,
    inside:
      typeof place.inside === "number"
        ? place.inside
        : forwards.has(place.inside + byte)
          ? place.inside + byte
          : walk(place.inside + byte),
    ending: suffixes.longestEnd(place.ending + byte),
    states: scans.dfas.map((dfa, i) => {
      const row = (place.states[i] ?? 0) * dfa.classes;
      return dfa.next[row + (dfa.classOf[byte.charCodeAt(0)] ?? 0)] ?? 0;
    }),
  });
  const start: Place = { text: "", inside: "", ending: "", states: scans.dfas.map((dfa) => dfa.start) };
  const first = Array.from(from).reduce(step, start);
  const keyOf = (place: Place): string => JSON.stringify([place.inside, place.ending, ...place.states]);
  const seen = new Set([keyOf(first)]);
  const queue = [first];
  for (const place of queue) {
    offer(place.text);
    const special = new Set([
      ...(typeof place.inside === "number" ? [] : forwards.next(place.inside)),
      ...suffixes.nextOfEnds(place.ending),
    ]);
    const bytes = [
      ...groups.flatMap((group) => group.find((byte) => !special.has(byte)) ?? []),
      ...[...special].filter((byte) => !scans.never?.test(byte)),
    ];
    for (const byte of bytes) {
      if (--budget.steps < 0) return false;
      const to = step(place, byte);
      const key = keyOf(to);
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push(to);
    }
  }
  return true;
}

/** Everything that some of the texts begin with. */
class Beginnings {
  /** The bytes that go on from each. */
  readonly #next = new Map<string, Set<string>>();
  readonly #ends = new Map<string, string>();

  constructor(texts: readonly string[]) {
    this.#next.set("", new Set());
    for (const text of texts) {
      for (let at = 0; at < text.length; at++) {
        const before = text.slice(0, at);
        const next = this.#next.get(before);
        if (next) next.add(text.charAt(at));
        else this.#next.set(before, new Set([text.charAt(at)]));
      }
      if (!this.#next.has(text)) this.#next.set(text, new Set());
    }
  }

  has(text: string): boolean {
    return this.#next.has(text);
  }

  next(text: string): ReadonlySet<string> {
    return this.#next.get(text) ?? new Set();
  }

  /** The longest end of a text that is a beginning. */
  longestEnd(text: string): string {
    if (this.has(text)) return text;
    let found = this.#ends.get(text);
    if (found === undefined) this.#ends.set(text, (found = this.longestEnd(text.slice(1))));
    return found;
  }

  /** The bytes with which a beginning at the end of the text, however short, goes on. */
  nextOfEnds(text: string): string[] {
    const own = [...this.next(text)];
    return text === "" ? own : [...own, ...this.nextOfEnds(this.longestEnd(text.slice(1)))];
  }
}

/** The bytes that no automaton tells apart, legible ones first. */
function byteGroups(dfas: readonly Dfa[], never: RegExp | undefined): readonly (readonly string[])[] {
  let merged = partition(new Uint8Array(256));
  for (const dfa of dfas) {
    merged = partition(
      Uint32Array.from(merged.classOf, (c, byte) => c * dfa.classes + (dfa.classOf[byte] ?? 0)),
    );
  }
  return representatives(merged)
    .map((_, group) =>
      LEGIBLE.filter((byte) => merged.classOf[byte.charCodeAt(0)] === group && !never?.test(byte)),
    )
    .filter((group) => group.length > 0);
}

/** All bytes, those first that make legible texts. */
const LEGIBLE = [
  ...new Set([
    ...Array.from("xyzabcdefghijklmnopqrstuvw0123456789/-_.ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ...Array.from({ length: 0x5e }, (_, i) => String.fromCharCode(0x21 + i)),
    ...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)),
  ]),
];
