// What the filter reads and in what order it asks, so that the emitter has no decisions left to make.
import type { Condition, HeaderChange, Limit, Program, RouteRule, Rule, Split } from "../ir/program.ts";

export interface Plan {
  readonly bundle: string;
  readonly responses: Program["responses"];
  /** The request headers to keep, by slot number; empty: the headers are not read at all. */
  readonly slots: readonly string[];
  readonly authorization: {
    readonly deny: readonly Rule[];
    readonly allow: readonly Rule[];
    readonly anyAllowPolicy: boolean;
  };
  readonly limits: readonly PlannedLimit[];
  readonly routes: readonly PlannedRoutes[];
  /** Whether a response's changes depend on what the request's phase decided. */
  readonly remembers: boolean;
  readonly callbacks: readonly string[];
  readonly price: Price;
}

export interface PlannedLimit extends Limit {
  /** Sets of eight buckets, a power of two. */
  readonly sets: number;
}

/** One routing policy. Its choice is remembered for the response as a number in `bits` bits from `shift`; 0: nothing. */
export interface PlannedRoutes {
  readonly policy: string;
  readonly rules: readonly PlannedRouteRule[];
  readonly responses: readonly (readonly HeaderChange[])[];
  readonly shift: number;
  readonly bits: number;
}

export interface PlannedRouteRule {
  readonly rule: RouteRule;
  readonly when: Condition;
  /** Changes to the request by the rule itself. */
  readonly request: readonly HeaderChange[];
  /** Number of the response's changes, where the rule has no split. */
  readonly response: number;
  readonly split: PlannedSplit | undefined;
}

export interface PlannedSplit {
  readonly stickyBy: Split["stickyBy"];
  readonly arms: readonly PlannedArm[];
}

export interface PlannedArm {
  readonly name: string;
  readonly weight: number;
  readonly seed: bigint;
  readonly request: readonly HeaderChange[];
  readonly response: number;
}

/** Worst-case host calls of one request, by phase and in all. */
export interface Price {
  readonly request: Readonly<Record<string, number>>;
  readonly response: Readonly<Record<string, number>>;
  readonly total: number;
}
