// What two versions made of a log, put side by side: totals, and groups of differences with examples.
import { decisionWord, decisionWords, type DecisionWord } from "../engines/index.ts";
import type { Request } from "../ir/interpret.ts";
import type { Target } from "../index.ts";
import { normalizePath } from "../../host/index.ts";
import type { Batch } from "./batches.ts";
import { endingKey, type Ending } from "./decided.ts";
import { deciderOf, type Decider } from "./deciders.ts";
import { requestOf, type RecordReader } from "./draft.ts";
import { lineAt, readerOf, textOf, type LogFormat } from "./log-format.ts";
import { BLANK, UNREADABLE, type Results } from "./side.ts";

/** Something of both versions. */
export interface Sides<T> {
  readonly old: T;
  readonly new: T;
}

/** What is different. `changed otherwise`: the upstream gets another path or other headers. */
export type Change =
  | "now allowed"
  | "now denied"
  | "now limited"
  | "routed elsewhere"
  | "changed otherwise"
  | "answered otherwise";

export interface Example {
  /** The line of the log, or the entry of a HAR file, from 1. */
  readonly line: number;
  readonly request: Request;
}

/** Requests that the same rules decided differently. */
export interface Group {
  readonly change: Change;
  readonly decisions: Sides<DecisionWord>;
  readonly deciders: Sides<Decider>;
  count: number;
  readonly examples: Example[];
}

/** Of each group. */
export const MOST_EXAMPLES = 3;
/** Further ones would be as many as requests: they are counted, but have no examples. */
const MOST_GROUPS = 2000;

export class Comparison {
  readonly #programs: Sides<Target>;
  readonly #format: LogFormat;
  readonly #read: RecordReader;
  readonly #endings: Sides<Ending[]> = { old: [], new: [] };
  readonly #keys: Sides<string[]> = { old: [], new: [] };
  readonly #words: Sides<DecisionWord[]> = { old: [], new: [] };
  readonly #groups = new Map<string, Group>();
  /** Groups by the two endings, where those say all of it. */
  readonly #answeredAlike = new Map<number, Group>();
  /** What the log has: names of headers, and facts; see `Results.seen`. */
  readonly seen = new Set<string>();
  readonly totals: Sides<Record<DecisionWord, number>> = { old: none(), new: none() };
  requests = 0;
  differences = 0;
  /** Requests whose differences belong to more groups than are kept. */
  ungrouped = 0;
  /** The same answer, given by another rule: no difference to anybody but the log. */
  byOtherRules = 0;
  unreadable = 0;
  /** The first ones. */
  readonly unreadableExamples: { readonly line: number; readonly why: string }[] = [];
  #now = 0n;

  constructor(programs: Sides<Target>, format: LogFormat) {
    this.#programs = programs;
    this.#format = format;
    this.#read = readerOf(format);
  }

  /** By how many they are. */
  get groups(): readonly Group[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }

  add(batch: Batch, results: Sides<Results>): void {
    for (const side of ["old", "new"] as const) {
      for (const ending of results[side].fresh) {
        this.#endings[side].push(ending);
        this.#keys[side].push(endingKey(ending));
        this.#words[side].push(wordOf(ending));
      }
      for (const name of results[side].seen) this.seen.add(name);
    }
    const { old: before, new: after } = results;
    const lines = new Lines(batch.bytes, this.#format);
    for (let i = 0; i < before.endings.length; i++) {
      const was = before.endings[i] ?? BLANK;
      const is = after.endings[i] ?? BLANK;
      if (was === BLANK) continue;
      if (was === UNREADABLE) {
        this.unreadable++;
        if (this.unreadableExamples.length < MOST_EXAMPLES) {
          const why = this.#read(lines.at(i));
          this.unreadableExamples.push({ line: batch.line + i, why: typeof why === "string" ? why : "" });
        }
        continue;
      }
      this.requests++;
      this.totals.old[this.#words.old[was] ?? "refuse"]++;
      this.totals.new[this.#words.new[is] ?? "refuse"]++;
      const sameOwn = before.own[i] === after.own[i];
      if (sameOwn && this.#keys.old[was] === this.#keys.new[is]) continue;
      this.#differ(was, is, sameOwn, batch.line + i, () => lines.at(i));
    }
  }

  #differ(was: number, is: number, sameOwn: boolean, line: number, text: () => string): void {
    const endings = { old: this.#endings.old[was], new: this.#endings.new[is] };
    const decisions = { old: this.#words.old[was] ?? "refuse", new: this.#words.new[is] ?? "refuse" };
    if (!endings.old || !endings.new) return;
    if (
      sameOwn &&
      decisions.old === decisions.new &&
      endings.old.kind === "answer" &&
      endings.old.status === endings.new.status
    ) {
      this.byOtherRules++;
      return;
    }
    this.differences++;
    const change = changeOf(decisions, endings.old, endings.new);
    const known = this.#answeredAlike.get(pairOf(was, is));
    if (known && known.examples.length >= MOST_EXAMPLES) {
      known.count++;
      return;
    }
    const draft = this.#read(text());
    if (typeof draft === "string") return;
    if (draft.at !== undefined) this.#now = draft.at;
    const ofSide = (side: "old" | "new"): Request => {
      const path = normalizePath(draft.path ?? "", this.#programs[side].pathNormalization);
      return requestOf(draft, path ?? draft.path ?? "");
    };
    const requests = { old: ofSide("old"), new: ofSide("new") };
    const decider = (side: "old" | "new", ending: Ending, other: Ending): Decider =>
      deciderOf(this.#programs[side].program, requests[side], this.#now, ending, other);
    const group =
      known ??
      this.#groupOf(change, decisions, {
        old: decider("old", endings.old, endings.new),
        new: decider("new", endings.new, endings.old),
      });
    if (!group) {
      this.ungrouped++;
      return;
    }
    group.count++;
    if (group.examples.length < MOST_EXAMPLES) group.examples.push({ line, request: requests.new });
    // What both answer, the endings say; of what one lets pass, each request has to be looked at.
    if (endings.old.kind === "answer" && endings.new.kind === "answer")
      this.#answeredAlike.set(pairOf(was, is), group);
  }

  #groupOf(change: Change, decisions: Sides<DecisionWord>, deciders: Sides<Decider>): Group | undefined {
    const key = JSON.stringify([
      change,
      decisions.old,
      deciders.old.words,
      decisions.new,
      deciders.new.words,
    ]);
    let group = this.#groups.get(key);
    if (group || this.#groups.size >= MOST_GROUPS) return group;
    group = { change, decisions, deciders, count: 0, examples: [] };
    this.#groups.set(key, group);
    return group;
  }
}

/** The lines of a batch that are asked for, in their order. */
class Lines {
  readonly #batch: Uint8Array;
  readonly #format: LogFormat;
  #text: string | undefined;
  #next = 0;
  #start = 0;

  constructor(batch: Uint8Array, format: LogFormat) {
    this.#batch = batch;
    this.#format = format;
  }

  at(line: number): string {
    const text = (this.#text ??= textOf(this.#batch, this.#format));
    for (; this.#next < line; this.#next++) this.#start = text.indexOf("\n", this.#start) + 1;
    return lineAt(text, this.#start, text.indexOf("\n", this.#start));
  }
}

/** Two numbers of endings as one. */
function pairOf(was: number, is: number): number {
  return was * 0x400_0000 + is;
}

function changeOf({ old: was, new: is }: Sides<DecisionWord>, before: Ending, after: Ending): Change {
  if (was !== is) {
    if (is === "allow") return "now allowed";
    if (is === "deny") return "now denied";
    if (is === "limit") return "now limited";
    return "answered otherwise";
  }
  if (is !== "allow") return "answered otherwise";
  return before.cluster === after.cluster ? "changed otherwise" : "routed elsewhere";
}

function wordOf({ kind, status = 0, details = "" }: Ending): DecisionWord {
  return kind === "forward" ? "allow" : decisionWord({ kind, status, details, body: "", headers: [] });
}

function none(): Record<DecisionWord, number> {
  return Object.fromEntries(decisionWords.map((word) => [word, 0])) as Record<DecisionWord, number>;
}
