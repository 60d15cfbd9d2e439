// `^` and `$` inside a pattern that must match a whole text. Each holds at the text's begin or end only, so a part of
// the pattern means one thing there and another elsewhere: what it means is worked out for both, and no anchor is left.
import type { Regex } from "./regex.ts";

/** A pattern that may have anchors in it; what has none is a `regex`. */
export type Anchored =
  | { readonly op: "regex"; readonly regex: Regex }
  | { readonly op: "anchor"; readonly edge: Edge; readonly anchor: Anchor }
  | {
      readonly op: "sequence" | "choice";
      readonly of: readonly Anchored[];
      readonly edges: ReadonlySet<Edge>;
    }
  | {
      readonly op: "repeat";
      readonly of: Anchored;
      readonly min: number;
      readonly max: number | undefined;
      readonly edges: ReadonlySet<Edge>;
    };

export type Edge = "begin" | "end";

export interface Anchor {
  /** In multi-line mode it holds beside a newline as well. */
  readonly line: boolean;
  /** Where it stands in the pattern. */
  readonly at: number;
  readonly length: number;
}

/** An anchor whose meaning cannot be worked out: in multi-line mode, and not surely at the text's begin or end. */
export class UndecidedAnchor extends Error {
  readonly anchor: Anchor;

  constructor(anchor: Anchor) {
    super("an anchor that cannot be decided");
    this.anchor = anchor;
  }
}

/** The pattern would become too large without its anchors. */
export class TooManyAnchors extends Error {}

const EMPTY: Regex = { op: "empty" };
const NOTHING: Regex = { op: "bytes", ranges: [] };

export const leaf = (regex: Regex): Anchored => ({ op: "regex", regex });

export function sequence(parts: readonly Anchored[]): Anchored {
  const joined: Anchored[] = [];
  let run: Regex[] = [];
  const endRun = () => {
    if (run.length > 0) joined.push(leaf(run.length === 1 && run[0] ? run[0] : { op: "sequence", of: run }));
    run = [];
  };
  for (const part of parts) {
    if (part.op === "regex") run.push(part.regex);
    else {
      endRun();
      joined.push(part);
    }
  }
  endRun();
  const [only] = joined;
  if (only === undefined) return leaf(EMPTY);
  return joined.length === 1 ? only : { op: "sequence", of: joined, edges: edgesOf(joined) };
}

export function choice(parts: readonly Anchored[]): Anchored {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const regexes = parts.flatMap((part) => (part.op === "regex" ? [part.regex] : []));
  if (regexes.length === parts.length) return leaf({ op: "choice", of: regexes });
  return { op: "choice", of: parts, edges: edgesOf(parts) };
}

export function repeat(of: Anchored, min: number, max: number | undefined): Anchored {
  if (of.op !== "regex") return { op: "repeat", of, min, max, edges: edgesOf([of]) };
  return leaf(
    max === undefined ? { op: "repeat", of: of.regex, min } : { op: "repeat", of: of.regex, min, max },
  );
}

/** The whole texts that the pattern matches, as a tree without anchors. Throws UndecidedAnchor, TooManyAnchors. */
export function withoutAnchors(pattern: Anchored): Regex {
  let left = MAX_STEPS;

  /**
   * What `node` matches between a place that is the text's begin or is not, and one that is its end or is not. Anchors
   * only ever add matches at the begin and the end, so a text that happens to be empty may be counted as not being so:
   * what it leads to there is among what it leads to here.
   */
  const resolve = (node: Anchored, begin: boolean, end: boolean): Regex => {
    if (left-- === 0) throw new TooManyAnchors("too many anchors");
    switch (node.op) {
      case "regex":
        return node.regex;
      case "anchor":
        if (node.edge === "begin" ? begin : end) return EMPTY;
        if (node.anchor.line) throw new UndecidedAnchor(node.anchor);
        return NOTHING;
      case "choice":
        return oneOf(node.of.map((part) => resolve(part, begin, end)));
      case "sequence":
        if (node.of.length > MAX_STEPS) throw new TooManyAnchors("too many anchors");
        return resolveFrom(node.of, 0, begin, end);
      case "repeat":
        return resolveRepeat(node, begin, end);
    }
  };

  const resolveFrom = (parts: readonly Anchored[], from: number, begin: boolean, end: boolean): Regex => {
    const [head, ...tail] = parts.slice(from);
    if (head === undefined) return EMPTY;
    if (tail.length === 0) return resolve(head, begin, end);
    const tailSeesBegin = begin && edgesOf(tail).has("begin");
    const headSeesEnd = end && edgesOf([head]).has("end");
    const first = resolve(head, begin, false);
    const rest = isNothing(first) && !headSeesEnd ? NOTHING : resolveFrom(parts, from + 1, false, end);
    return oneOf([
      inTurn(first, rest),
      // The head may be empty, so that the rest is at the begin; the rest may be, so that the head is at the end; or both.
      tailSeesBegin && isNullable(first) ? resolveFrom(parts, from + 1, begin, end) : NOTHING,
      headSeesEnd && isNullable(rest) ? resolve(head, begin, end) : NOTHING,
      tailSeesBegin &&
      headSeesEnd &&
      isNullable(resolve(head, begin, end)) &&
      isNullable(resolveFrom(parts, from + 1, begin, end))
        ? EMPTY
        : NOTHING,
    ]);
  };

  const resolveRepeat = (node: Anchored & { op: "repeat" }, begin: boolean, end: boolean): Regex => {
    const { of, min, max } = node;
    if (min === 0 && max === undefined) {
      // Rounds that match nothing can be left out: one round, or a first, some in the middle, and a last.
      const middle: Regex = { op: "repeat", of: resolve(of, false, false), min: 0 };
      const several = inTurn(resolve(of, begin, false), inTurn(middle, resolve(of, false, end)));
      return oneOf([EMPTY, resolve(of, begin, end), several]);
    }
    const rounds: Anchored[] = Array.from({ length: min }, () => of);
    if (max === undefined) rounds.push(repeat(of, 0, undefined));
    else {
      // Each optional round stands in the one before it.
      let optional: Anchored = leaf(EMPTY);
      for (let i = min; i < max; i++) optional = choice([leaf(EMPTY), sequence([of, optional])]);
      rounds.push(optional);
    }
    return resolve(sequence(rounds), begin, end);
  };

  return resolve(pattern, true, true);
}

/** Bounds what `(^a?|b$){1000}` would become, and how deep the functions here call each other. */
const MAX_STEPS = 4_000;

const NO_EDGES: ReadonlySet<Edge> = new Set();

function edgesOf(parts: readonly Anchored[]): ReadonlySet<Edge> {
  const edges = new Set<Edge>();
  for (const part of parts) {
    if (part.op === "anchor") edges.add(part.edge);
    else for (const edge of part.op === "regex" ? NO_EDGES : part.edges) edges.add(edge);
  }
  return edges;
}

const isNothing = (regex: Regex): boolean => regex.op === "bytes" && regex.ranges.length === 0;

function oneOf(parts: readonly Regex[]): Regex {
  const some = parts.filter((part) => !isNothing(part));
  const [only] = some;
  if (only === undefined) return NOTHING;
  return some.length === 1 ? only : { op: "choice", of: some };
}

function inTurn(first: Regex, rest: Regex): Regex {
  if (isNothing(first) || isNothing(rest)) return NOTHING;
  if (first.op === "empty") return rest;
  if (rest.op === "empty") return first;
  return { op: "sequence", of: rest.op === "sequence" ? [first, ...rest.of] : [first, rest] };
}

const nullable = new WeakMap<Regex, boolean>();

function isNullable(regex: Regex): boolean {
  const known = nullable.get(regex) ?? findNullable(regex);
  nullable.set(regex, known);
  return known;
}

function findNullable(regex: Regex): boolean {
  switch (regex.op) {
    case "empty":
      return true;
    case "bytes":
      return false;
    case "sequence":
      return regex.of.every(isNullable);
    case "choice":
      return regex.of.some(isNullable);
    case "repeat":
      return regex.min === 0 || isNullable(regex.of);
  }
}
