// What is found out about a rule of one filter. The same rule may be part of several filters, and is only worth a word where it is
// so in all of them.
import type { DiagnosticName } from "../diagnostics/codes.ts";
import type { Origin } from "../ir/program.ts";
import { placeOf } from "../source/span.ts";

export interface Finding {
  readonly severity: "warning" | "note";
  readonly name: DiagnosticName;
  readonly message: string;
  readonly help: string;
}

/** A rule that was looked at, and what is to be said of it; undefined: nothing. */
export interface Verdict {
  readonly origin: Origin;
  readonly finding: Finding | undefined;
}

/** More rules of one stage than these are not looked at: checking is to stay quick. */
export const MOST_RULES = 4_000;

/** For one list of rules; see `QuestionOptions`. */
export const STEPS = 200_000;

const MOST_SHOWN = 3;

/** Rules by name and place: `rules[0]` of `shop/no-writes` (policies.yaml:12). */
export function shown(origins: readonly Origin[]): string {
  const all = origins.map(({ policy, part, span }) => `\`${part}\` of \`${policy}\` (${placeOf(span)})`);
  const distinct = [...new Set(all)];
  const more = distinct.length - MOST_SHOWN;
  if (more > 0) return `${distinct.slice(0, MOST_SHOWN).join(", ")} and ${more} more`;
  const last = distinct.pop() ?? "";
  return distinct.length === 0 ? last : `${distinct.join(", ")} and ${last}`;
}

export function neverMatches(besides: string): Finding {
  return {
    severity: "warning",
    name: "rule-never-matches",
    message: "this rule matches no request",
    help: besides,
  };
}

export const EXCLUDES =
  "what stands side by side in it must hold together, and no request has it all: write several rules where either will do";
