// What a comparison of two versions comes to.
import type { Headers, Outcome } from "../engines/index.ts";
import type { Request } from "../ir/interpret.ts";
import type { Origin } from "../ir/program.ts";

/** What a change means for requests; the words are those of the JSON output. */
export const changeKinds = [
  "now-allowed",
  "now-denied",
  "authenticated-differently",
  "limited-differently",
  "routed-elsewhere",
  "answered-differently",
] as const;

export type ChangeKind = (typeof changeKinds)[number];

/** The two versions of something. */
export interface Sides<T> {
  readonly old: T;
  readonly new: T;
}

/** Who decides in one version: a rule, or that none does. */
export type Decider = Origin | { readonly none: string };

/** One way in which requests are decided differently. */
export interface Change {
  readonly kind: ChangeKind;
  /** What has changed, a line each; none where the outcomes of the witness say it all. */
  readonly details: readonly string[];
  readonly deciders: Sides<Decider | undefined>;
  /** Absent where it shows by comparing the policies alone; `details` then says what. */
  readonly witness?: Witness;
}

/** Requests that show a change, the last of which is decided differently. */
export interface Witness {
  readonly steps: readonly Step[];
  /** What became of the last request. */
  readonly outcomes: Sides<Outcome>;
  /** Who was asked: both compiled filters, or the reference interpreter. */
  readonly confirmedBy: "filters" | "interpreter";
}

/** The same request so many times, so long after what came before. */
export interface Step {
  /** With `claims`: it carries a token that says so. */
  readonly request: Request;
  readonly times: number;
  /** In nanoseconds. */
  readonly after: bigint;
  /** What an upstream answers; absent: 200, and no header that matters. */
  readonly response?: Headers;
}

/** What is found before compiled filters are asked: the interpreter has decided so. */
export interface Candidate extends Omit<Change, "witness"> {
  readonly steps?: readonly Step[];
}

/** What a part of the comparison found. */
export interface Found {
  readonly candidates: readonly Candidate[];
  /** What may differ besides, in words. Empty, and no candidates: proven equal. */
  readonly undecided: readonly string[];
  /** Attributes of which every value was considered, in words. */
  readonly attributes: readonly string[];
  /** CEL expressions that were taken as questions of which nothing is known. */
  readonly opaque: readonly string[];
  /** What a reader may want to know and is no change of any decision. */
  readonly notes: readonly string[];
}

export const nothingFound: Found = { candidates: [], undecided: [], attributes: [], opaque: [], notes: [] };

/** All that the parts found, each text once. */
export function together(parts: readonly Found[]): Found {
  const texts = (of: "undecided" | "attributes" | "opaque" | "notes"): string[] => [
    ...new Set(parts.flatMap((part) => part[of])),
  ];
  return {
    candidates: parts.flatMap(({ candidates }) => candidates),
    undecided: texts("undecided"),
    attributes: texts("attributes"),
    opaque: texts("opaque"),
    notes: texts("notes"),
  };
}
