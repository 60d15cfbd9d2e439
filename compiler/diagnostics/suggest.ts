// "Did you mean": the known name nearest to what was written, if it is near enough to be meant.
import { closest, distance } from "fastest-levenshtein";

/** The nearest of `known`, or undefined where nothing is near: at most a third of the letters may differ, and never more than four. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lower = written.toLowerCase();
  const sameButCase = known.find((name) => name.toLowerCase() === lower);
  if (sameButCase !== undefined) return sameButCase;
  const candidate = closest(written, [...known]);
  const allowed = Math.min(4, Math.max(1, Math.floor(Math.max(written.length, candidate.length) / 3)));
  if (letters(lower) === letters(candidate.toLowerCase())) return candidate; // two of them changed places
  return distance(lower, candidate.toLowerCase()) <= allowed ? candidate : undefined;
}

function letters(text: string): string {
  return Array.from(text).sort().join("");
}

/** `` did you mean `x`? `` or undefined. */
export function didYouMean(written: string, known: readonly string[]): string | undefined {
  const name = nearest(written, known);
  return name === undefined ? undefined : `did you mean \`${name}\`?`;
}
