// What there is to say of one request: what decided, and what every rule made of it.
import type { DecisionWord } from "../engines/engine.ts";
import type { Decision, Request } from "../ir/interpret.ts";
import type { Stage } from "../ir/details.ts";
import type { Origin, Program } from "../ir/program.ts";
import type { Finding } from "./findings.ts";

export interface Explanation {
  readonly program: Program;
  /** As it was given. */
  readonly request: Request;
  readonly word: DecisionWord;
  readonly decision: Decision;
  readonly decided: Decided;
  /** In the order in which a request meets them; those that the policies have nothing for are left out. */
  readonly stages: readonly StageExplanation[];
  /** What was assumed. */
  readonly assumed: readonly string[];
}

/** What decided. */
export interface Decided {
  readonly stage: Stage | "request";
  /** Absent where no single rule did: say, where no ALLOW rule matches. */
  readonly rule?: RuleExplanation;
  /** In one sentence, without a full stop. */
  readonly words: string;
}

export interface StageExplanation {
  /** `rate-limiting` may be there twice: before authentication, and behind authorization. */
  readonly stage: Stage;
  /** Of a routing policy its `namespace/name`: each has a stage of its own. */
  readonly policy?: string;
  /** `not-reached`: an earlier stage answered, and the rules are left out. */
  readonly verdict: "passes" | "answers" | "not-reached";
  /** In one sentence, without a full stop. */
  readonly words: string;
  readonly rules: readonly RuleExplanation[];
}

export interface RuleExplanation {
  readonly origin: Origin;
  /** What the rule is, such as `DENY`, `ALLOW`, `AUDIT`, `limit`, `token`, `route`, `cors`, `rule`. */
  readonly role: string;
  /** The author's name of it, where it has one. */
  readonly name?: string;
  /**
   * - `decides`: what the stage does is its doing.
   * - `matches`: it matches, and another decides, or it decides nothing by itself.
   * - `fails`: it does not match; `findings` begins with the first thing that failed.
   */
  readonly state: "decides" | "matches" | "fails";
  /** Why, part by part. Empty of rules that are not about conditions: `notes` says it. */
  readonly findings: readonly Finding[];
  /** What else is to be said, each a sentence without a full stop. */
  readonly notes: readonly string[];
}
