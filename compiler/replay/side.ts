// One of the two versions: takes batches of a log and says of each line how its request ended. Each side reads for itself, on a
// thread of its own: handing parsed requests from one thread to another costs more than parsing them.
import { normalizePath, type PathNormalization } from "../../host/index.ts";
import { endingKey, type Ending } from "./decided.ts";
import { requestOf, type Draft } from "./draft.ts";
import { countLines, lineAt, readerOf, textOf, type LogFormat } from "./log-format.ts";
import type { VersionEngine } from "./version-engine.ts";

export interface SideOptions {
  readonly pathNormalization: PathNormalization;
  readonly format: LogFormat;
}

/** What became of a batch; the lists have one entry a line. */
export interface Results {
  /** A number of `Side.endings`; `UNREADABLE`: the line is no request. */
  readonly endings: Int32Array<ArrayBuffer>;
  /** `Decided.own`. */
  readonly own: Int32Array<ArrayBuffer>;
  /** Endings that were not there before, in the order of their numbers. */
  readonly fresh: readonly Ending[];
  /** What the log has that it had not before: names of headers, and `Facts`. */
  readonly seen: readonly string[];
}

/** A line that is no request, and a line without anything. */
export const UNREADABLE = -1;
export const BLANK = -2;

/** What logs have beside headers, as `Results.seen` tells it. */
export type Fact = "at" | "authority" | "peer" | "client" | "destination" | "sni" | "certificate" | "scheme";

const REFUSED_BY_LISTENER: Ending = { kind: "answer", status: 400, details: "path_normalization_failed" };

export class Side {
  readonly #engine: VersionEngine;
  readonly #format: LogFormat;
  readonly #read: (line: string) => Draft | string;
  readonly #normalization: PathNormalization;
  readonly #numbers = new Map<string, number>();
  readonly #answers = new Map<string, { number: number; status: number | undefined }>();
  readonly #forwards = new Map<string, { number: number; status: number | undefined }>();
  readonly #seen = new Set<string>();
  #fresh: Ending[] = [];
  #told: string[] = [];
  #now = 0n;

  constructor(engine: VersionEngine, { pathNormalization, format }: SideOptions) {
    this.#engine = engine;
    this.#format = format;
    this.#read = readerOf(format);
    this.#normalization = pathNormalization;
  }

  /** `batch`: whole lines. */
  run(batch: Uint8Array): Results {
    const text = textOf(batch, this.#format);
    const lines = countLines(batch);
    const endings = new Int32Array(lines);
    const own = new Int32Array(lines);
    let start = 0;
    for (let i = 0; i < lines; i++) {
      const newline = text.indexOf("\n", start);
      const line = lineAt(text, start, newline);
      start = newline + 1;
      const draft = line === "" ? undefined : this.#read(line);
      if (draft === undefined || typeof draft === "string") {
        endings[i] = draft === undefined ? BLANK : UNREADABLE;
        continue;
      }
      this.#note(draft);
      const path = normalizePath(draft.path ?? "", this.#normalization);
      if (path === undefined) {
        endings[i] = this.#number(REFUSED_BY_LISTENER);
        continue;
      }
      // Logs are in the order in which requests end, and a clock that is set back would make limits forget.
      if (draft.at !== undefined && draft.at > this.#now) this.#now = draft.at;
      const decided = this.#engine.decide(requestOf(draft, path), this.#now);
      endings[i] = this.#number(decided.ending);
      own[i] = decided.own;
    }
    const results = { endings, own, fresh: this.#fresh, seen: this.#told };
    this.#fresh = [];
    this.#told = [];
    return results;
  }

  close(): void {
    this.#engine.close();
  }

  #number(ending: Ending): number {
    const { kind, status, details = "", cluster = "" } = ending;
    const quick = kind === "answer" ? this.#answers : this.#forwards;
    const name = kind === "answer" ? details : cluster;
    const found = quick.get(name);
    // Details nearly always say the status, too.
    if (found !== undefined && found.status === status) return found.number;
    const key = endingKey(ending);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(key, number);
      this.#fresh.push(ending);
    }
    quick.set(name, { number, status });
    return number;
  }

  #note(draft: Draft): void {
    for (const [name] of draft.headers) this.#saw(name);
    if (draft.at !== undefined) this.#saw(" at");
    if (draft.authority !== undefined) this.#saw(" authority");
    if (draft.scheme !== undefined) this.#saw(" scheme");
    if (draft.peer !== undefined) this.#saw(" peer");
    if (draft.client !== undefined) this.#saw(" client");
    if (draft.destination !== undefined) this.#saw(" destination");
    if (draft.sni !== undefined) this.#saw(" sni");
    if (draft.uri !== undefined || draft.dns !== undefined || draft.subject !== undefined)
      this.#saw(" certificate");
  }

  /** More names than anybody asks for are not kept. */
  #saw(name: string): void {
    if (this.#seen.has(name) || this.#seen.size >= 10_000) return;
    this.#seen.add(name);
    this.#told.push(name);
  }
}
