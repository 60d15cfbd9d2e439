import type { Faults } from "./faults.ts";

/** What a matcher answers, to Jest and to whoever understands Jest's. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** Passes where there are no faults; `context` is said whichever way the test failed. */
export function judge({ lines }: Faults, sentence: string, context: () => string): MatcherResult {
  const pass = lines.length === 0;
  return {
    pass,
    message: () => {
      const verdict = pass ? `expected it not ${sentence}` : `expected it ${sentence}`;
      return [verdict, ...lines.map((line) => `  ${line}`), "", context()].join("\n");
    },
  };
}
