// Values such that every combination of classes that any text has, in all scans of an attribute, is among theirs.
import { representatives, partition } from "../automata/byte-classes.ts";
import type { ClassedDfa } from "../4-plan/classes/dfa.ts";
import type { Trie } from "../4-plan/classes/trie.ts";
import { reversed, triePaths, trieWalk } from "./scan.ts";

/** Says whether it is a value that the attribute can have. */
export type Offer = (value: string) => boolean;

/** What values of an attribute are looked through for. */
export interface Scans {
  readonly forwards: Trie | undefined;
  /** Of suffixes. */
  readonly backwards: Trie | undefined;
  readonly dfas: readonly ClassedDfa[];
  /** Bytes that no value has. */
  readonly never: RegExp | undefined;
}

const MAX_COMBINATIONS = 100_000;
const MAX_STEPS = 800_000;
const MAX_BYTES = 400_000;
/** More than there are steps. */
const MAX_STATES = 2 ** 21;
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
 * Where automata are walked as well: all scans side by side, byte by byte. `before`: what texts begin with by preference.
 * Returns why something may be missing, in words.
 */
export function offerRead(scans: Scans, before: string, offer: Offer): string | undefined {
  const { forwards, backwards } = scans;
  const paths = forwards ? triePaths(forwards) : [];
  const suffixes = backwards ? triePaths(backwards).map(reversed) : [];
  if ([...paths, ...suffixes].reduce((sum, { length }) => sum + length, 0) > MAX_BYTES) return TOO_MANY;
  const reader = new Reader(scans, new Beginnings(paths), new Beginnings(suffixes), offer);
  if (before !== "") reader.readFrom(before);
  return reader.readFrom("") ? undefined : TOO_MANY;
}

/** How far a text has come in all scans. */
interface Place {
  /** What it was before its last byte; undefined of the empty text. */
  readonly from: Place | undefined;
  readonly byte: string;
  /** Inside the trie the number of the beginning; behind its edge, negative, the class that the text has whatever follows. */
  readonly inside: number;
  /** The longest end of the text with which a suffix begins. */
  readonly ending: number;
  /** Of all automata together. */
  readonly state: number;
}

class Reader {
  readonly #scans: Scans;
  readonly #forwards: Beginnings;
  readonly #suffixes: Beginnings;
  readonly #offer: Offer;
  readonly #walk: (text: string) => number;
  readonly #walkBack: (text: string) => number;
  readonly #automata: Automata;
  /** The class of a text that is a beginning. */
  readonly #ends: number[] = [];
  readonly #endings: number[] = [];
  /** The bytes that lead on from behind the trie's edge, by ending. */
  readonly #outside: (readonly string[])[] = [];
  #steps = MAX_STEPS;

  constructor(scans: Scans, forwards: Beginnings, suffixes: Beginnings, offer: Offer) {
    this.#scans = scans;
    this.#forwards = forwards;
    this.#suffixes = suffixes;
    this.#offer = offer;
    this.#walk = scans.forwards ? trieWalk(scans.forwards) : () => 0;
    this.#walkBack = scans.backwards ? trieWalk(scans.backwards) : () => 0;
    this.#automata = new Automata(scans.dfas);
  }

  /** Offers a shortest text of each combination of classes that begins like this. False: not all could be read. */
  readFrom(text: string): boolean {
    const start: Place = {
      from: undefined,
      byte: "",
      inside: 0,
      ending: 0,
      state: 0,
    };
    const first = Array.from(text).reduce<Place>((place, byte) => this.#step(place, byte), start);
    const seen = new Set([this.#keyOf(first)]);
    const offered = new Set<string>();
    const queue = [first];
    for (const place of queue) {
      const classes = this.#classesOf(place);
      if (!offered.has(classes) && this.#offer(textOf(place))) offered.add(classes);
      for (const byte of this.#bytesFrom(place)) {
        if (--this.#steps < 0) return false;
        const to = this.#step(place, byte);
        const key = this.#keyOf(to);
        if (seen.has(key)) continue;
        seen.add(key);
        queue.push(to);
      }
    }
    return true;
  }

  #step(from: Place, byte: string): Place {
    return {
      from,
      byte,
      inside: from.inside < 0 ? from.inside : this.#forward(from.inside, byte),
      ending: this.#suffixes.endAfter(from.ending, byte),
      state: this.#automata.after(from.state, byte),
    };
  }

  /** Differs between any two places that what follows may tell apart. */
  #keyOf({ inside, ending, state }: Place): number {
    const edge = this.#scans.forwards?.classes.length ?? 1;
    return ((inside + edge) * this.#suffixes.size + ending) * MAX_STATES + state;
  }

  #forward(inside: number, byte: string): number {
    return this.#forwards.after(inside, byte) ?? -1 - this.#walk(this.#forwards.textOf(inside) + byte);
  }

  #classesOf({ inside, ending, state }: Place): string {
    const forwards =
      inside < 0 ? -1 - inside : (this.#ends[inside] ??= this.#walk(this.#forwards.textOf(inside)));
    const backwards = (this.#endings[ending] ??= this.#walkBack(reversed(this.#suffixes.textOf(ending))));
    return `${forwards} ${backwards} ${this.#automata.classesOf(state)}`;
  }

  /** Each byte that some scan waits for here, and of the others one for each that automata tell apart. */
  #bytesFrom({ inside, ending }: Place): readonly string[] {
    if (inside < 0) return (this.#outside[ending] ??= this.#bytes(this.#suffixes.afterEnds(ending)));
    return this.#bytes([...this.#forwards.next(inside), ...this.#suffixes.afterEnds(ending)]);
  }

  #bytes(awaited: readonly string[]): readonly string[] {
    const special = new Set(awaited.filter((byte) => !this.#scans.never?.test(byte)));
    const others = this.#automata.groups.flatMap((group) => {
      return group.find((byte) => !special.has(byte) && !this.#scans.never?.test(byte)) ?? [];
    });
    return [...others, ...special];
  }
}

function textOf(place: Place): string {
  const bytes: string[] = [];
  for (let at: Place | undefined = place; at; at = at.from) bytes.push(at.byte);
  return bytes.reverse().join("");
}

/** Everything that some of the texts begin with, by number; 0 is the empty text. */
class Beginnings {
  readonly #texts: string[] = [""];
  readonly #next: Map<string, number>[] = [new Map<string, number>()];
  /** The longest end of each that is itself a beginning, but for itself. */
  readonly #shorter: number[] = [0];
  readonly #after: (readonly string[])[] = [];

  constructor(texts: readonly string[]) {
    for (const text of texts) {
      let number = 0;
      for (const [at, byte] of Array.from(text).entries()) {
        let next = this.#next[number]?.get(byte);
        if (next === undefined) {
          next = this.#texts.push(text.slice(0, at + 1)) - 1;
          this.#next.push(new Map());
          this.#next[number]?.set(byte, next);
        }
        number = next;
      }
    }
    // Shorter ones first: they are what longer ones fall back on.
    const queue = [0];
    for (const number of queue) {
      for (const [byte, next] of this.#next[number] ?? []) {
        this.#shorter[next] = number === 0 ? 0 : this.endAfter(this.#shorter[number] ?? 0, byte);
        queue.push(next);
      }
    }
  }

  get size(): number {
    return this.#texts.length;
  }

  textOf(number: number): string {
    return this.#texts[number] ?? "";
  }

  /** The bytes that lead on. */
  next(number: number): Iterable<string> {
    return this.#next[number]?.keys() ?? [];
  }

  after(number: number, byte: string): number | undefined {
    return this.#next[number]?.get(byte);
  }

  /** The longest end that is a beginning, behind one more byte (Aho and Corasick). */
  endAfter(number: number, byte: string): number {
    for (let at = number; ; at = this.#shorter[at] ?? 0) {
      const next = this.after(at, byte);
      if (next !== undefined || at === 0) return next ?? 0;
    }
  }

  /** The bytes by which some end, however short, goes on. */
  afterEnds(number: number): readonly string[] {
    const shorter = number === 0 ? [] : (this.#after[number] ?? this.afterEnds(this.#shorter[number] ?? 0));
    return (this.#after[number] ??= [...new Set([...this.next(number), ...shorter])]);
  }
}

/** Several automata side by side as one, as far as it is asked for. */
class Automata {
  /** The bytes that none of them tells apart, legible ones first. */
  readonly groups: readonly (readonly string[])[];
  readonly #dfas: readonly ClassedDfa[];
  readonly #groupOf: Uint8Array;
  readonly #numbers = new Map<string, number>();
  readonly #states: (readonly number[])[] = [];
  readonly #next: (number | undefined)[] = [];
  readonly #classes: string[] = [];

  constructor(dfas: readonly ClassedDfa[]) {
    this.#dfas = dfas;
    let merged = partition(new Uint8Array(256));
    for (const { dfa } of dfas) {
      merged = partition(
        Uint32Array.from(merged.classOf, (c, byte) => c * dfa.classes + (dfa.classOf[byte] ?? 0)),
      );
    }
    this.#groupOf = merged.classOf;
    this.groups = representatives(merged).map((_, group) =>
      LEGIBLE.filter((byte) => merged.classOf[byte.charCodeAt(0)] === group),
    );
    this.#numberOf(dfas.map(({ dfa }) => dfa.start));
  }

  after(state: number, byte: string): number {
    const code = byte.charCodeAt(0);
    const at = state * this.groups.length + (this.#groupOf[code] ?? 0);
    return (this.#next[at] ??= this.#numberOf(
      this.#dfas.map(({ dfa }, i) => {
        const row = (this.#states[state]?.[i] ?? 0) * dfa.classes;
        return dfa.next[row + (dfa.classOf[code] ?? 0)] ?? 0;
      }),
    ));
  }

  classesOf(state: number): string {
    return (this.#classes[state] ??= this.#dfas
      .map(({ classOfState }, i) => classOfState[this.#states[state]?.[i] ?? 0])
      .join());
  }

  #numberOf(states: readonly number[]): number {
    const key = states.join();
    let number = this.#numbers.get(key);
    if (number === undefined) this.#numbers.set(key, (number = this.#states.push(states) - 1));
    return number;
  }
}

/** All bytes, those first that make legible texts. */
const LEGIBLE = [
  ...new Set([
    ...Array.from("xyzabcdefghijklmnopqrstuvw0123456789/-_.ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ...Array.from({ length: 0x5e }, (_, i) => String.fromCharCode(0x21 + i)),
    ...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)),
  ]),
];
