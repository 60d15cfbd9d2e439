// What is wrong with a pattern, for a diagnostic that points into it.

/** Why a pattern is refused. */
export interface PatternFault {
  /** One sentence, lower case, names in backticks. */
  readonly fault: string;
  /** Where in the pattern it begins, in UTF-16 code units. */
  readonly at: number;
  /** How much of it is meant, in UTF-16 code units; 0 where something is missing. */
  readonly length: number;
  /** What to write instead, where that can be said. */
  readonly help?: string;
}

/** Whether parsing a pattern ended in a fault. */
export function isFault(parsed: object): parsed is PatternFault {
  return "fault" in parsed;
}
