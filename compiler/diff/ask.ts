// Two lists compared, and what is found tried: an answer that cannot be had of any real request is asked for anew, and what
// then is still open is said to be.
import { unpresented } from "./domain.ts";
import { attributeWords } from "./words.ts";
import { differences, type Difference, type ListedRule } from "../questions/index.ts";
import type { Candidate, Found, Sides } from "./change.ts";

export interface Asked {
  readonly lists: Sides<readonly ListedRule[]>;
  /** For the front of both lists. */
  readonly aside: readonly ListedRule[];
  /** For the front, where a request that was found is not compared after all. */
  readonly narrower?: () => readonly ListedRule[];
  /** The change that a difference is; undefined where the request does not show it. */
  readonly candidate: (difference: Difference) => Candidate | undefined;
  /** In words, such as `who may pass`. */
  readonly about: string;
}

/** Candidates, one for each pair of outcomes. */
export function askLists(asked: Asked): Found {
  const first = asking(asked, asked.aside);
  if (first.failed.length === 0 || !asked.narrower) return withFailed(first, asked);
  const second = asking(asked, [...asked.aside, ...asked.narrower()]);
  const known = new Set(first.shown.map(pairOf));
  const candidates = [
    ...first.found.candidates,
    ...second.shown.flatMap((difference, i) => {
      const candidate = second.found.candidates[i];
      return candidate && !known.has(pairOf(difference)) ? [candidate] : [];
    }),
  ];
  return withFailed({ ...second, found: { ...second.found, candidates } }, asked);
}

/** Pairs of outcomes; of more than that nobody reads. */
const MOST_SHOWN = 50;

interface Answered {
  readonly found: Found;
  /** The differences behind the candidates. */
  readonly shown: readonly Difference[];
  /** Those whose requests do not show them. */
  readonly failed: readonly Difference[];
}

function asking({ lists, candidate, about }: Asked, aside: readonly ListedRule[]): Answered {
  const front = [...unpresented([aside, lists.old, lists.new]), ...aside];
  const answer = differences([...front, ...lists.old], [...front, ...lists.new]);
  const shown: Difference[] = [];
  const failed: Difference[] = [];
  const candidates: Candidate[] = [];
  for (const difference of answer.found) {
    if (shown.length === MOST_SHOWN) break;
    const made = candidate(difference);
    (made ? shown : failed).push(difference);
    if (made) candidates.push(made);
  }
  const more = answer.found.length - shown.length - failed.length;
  return {
    shown,
    failed,
    found: {
      candidates,
      undecided: answer.undecided.map(({ reason }) => `${about}: ${reason}`),
      attributes: answer.attributes.map(attributeWords),
      opaque: answer.assumed,
      notes: more > 0 ? [`${about}: ${more} further pairs of outcomes differ`] : [],
    },
  };
}

/** What was found and not shown is no proof of either. */
function withFailed({ found, failed }: Answered, { about }: Asked): Found {
  if (failed.length === 0) return found;
  const reason = `${about}: rules differ, and no request was found that shows it`;
  return { ...found, undecided: [...found.undecided, reason] };
}

function pairOf({ from, to }: Difference): string {
  return `${from} ${to}`;
}
