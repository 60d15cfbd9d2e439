// What the filter reads and in what order it asks, so that the emitter has no decisions left to make.
import type { Filled } from "../ir/parameters.ts";
import type { Observer, Program, RateLimitService, Rule } from "../ir/program.ts";
import type { HeaderChange, RouteRule, Split } from "../ir/routing.ts";
import type { CelValueExpression } from "../cel/expression.ts";
import type { PlannedAuthentication } from "./authentication.ts";
import type { PlannedLimit } from "./limits.ts";
import type { PlannedValues } from "./parameters.ts";
import type { PlannedCel } from "./cel.ts";
import type { Column, Test } from "./columns.ts";
import type { Slot } from "../ir/slots.ts";
import type { PlannedCrossOrigin } from "./cross-origin.ts";
import type { Decision } from "./decision.ts";
import type { Node } from "./diagram.ts";
import type { PlannedHttpRoutes } from "./http-routes.ts";
import type { Search } from "./search.ts";

export interface Plan {
  readonly bundle: string;
  readonly responses: Program["responses"];
  /** What of the request is kept, by slot number; without a header among them the headers are not read at all. */
  readonly slots: readonly Slot[];
  /** What is classified, by column number. */
  readonly columns: readonly Column[];
  /** What classes are made of, by test number. */
  readonly tests: readonly Test[];
  readonly cel: PlannedCel;
  /** All that is decided, by number. */
  readonly decisions: readonly PlannedDecision[];
  /** Undefined where no policy looks at tokens. */
  readonly authentication: PlannedAuthentication | undefined;
  /** Undefined where no policy says who may pass. */
  readonly authorization: PlannedAuthorization | undefined;
  readonly observers: readonly PlannedObserver[];
  readonly limits: readonly PlannedLimit[];
  /** Who counts the mesh's limits; undefined where there are none. */
  readonly rateLimitService: RateLimitService | undefined;
  /** Undefined where there is no HTTPRoute. */
  readonly httpRoutes: PlannedHttpRoutes | undefined;
  /** Undefined where no HTTPRoute says anything of other origins. */
  readonly crossOrigin: PlannedCrossOrigin | undefined;
  readonly routes: readonly PlannedRoutes[];
  readonly routing: PlannedRouting;
  /** What the filter is given when it is loaded; undefined where it is given nothing. */
  readonly values: PlannedValues | undefined;
  /**
   * What a stream remembers between its callbacks: first a word of policies', then what limits need, then what else routing
   * does. 0: nothing.
   */
  readonly recordBytes: number;
  /** Where in it limits' items end, which begin behind the word. 0: there are none. */
  readonly itemsEnd: number;
  readonly callbacks: readonly string[];
  readonly price: Price;
  /** Host functions that its price does not count: called when the filter starts, on its timer, or in place of dearer ones. */
  readonly besides: readonly string[];
}

/** Outcomes: see ir/outcomes.ts. */
export interface PlannedAuthorization {
  readonly decision: number;
  readonly anyAllowPolicy: boolean;
  readonly deny: readonly Rule[];
}

/** A decision with all that the filter needs to take it. */
export interface PlannedDecision {
  readonly decision: Decision;
  readonly diagram: Node;
  readonly search: Search;
  /** Whether something it asks about may have several values of different classes. */
  readonly repeats: boolean;
}

/** A policy that counts: outcome 1 is a match. */
export interface PlannedObserver {
  readonly observer: Observer;
  readonly decision: number;
}

/** One routing policy. Its choice is remembered for the response as a number in `bits` bits from `shift`; 0: nothing. */
export interface PlannedRoutes {
  readonly policy: string;
  /** Outcome 0: no rule matches; else the number of the rule, from 1. */
  readonly decision: number;
  readonly rules: readonly PlannedRouteRule[];
  readonly responses: readonly (readonly HeaderChange[])[];
  readonly shift: number;
  readonly bits: number;
}

export interface PlannedRouteRule {
  readonly rule: RouteRule;
  /** The rule's own; with a split only those of the request. */
  readonly changes: PlannedChanges;
  /** Number of the response's changes, where the rule has no split. */
  readonly response: number;
  /** Of a rule without a split. */
  readonly backend: string | undefined;
  readonly split: PlannedSplit | undefined;
}

/** Changes whose values are one text, or made of expressions. */
export interface PlannedChanges {
  readonly request: readonly HeaderChange[];
  readonly response: readonly HeaderChange[];
}

export interface PlannedSplit {
  readonly stickyBy: Split["stickyBy"];
  readonly arms: readonly PlannedArm[];
}

export interface PlannedArm extends Filled<"weight"> {
  readonly name: string;
  readonly weight: number;
  readonly seed: bigint;
  /** Of the response: the rule's and the arm's. */
  readonly changes: PlannedChanges;
  readonly response: number;
  /** The arm's, else the rule's. */
  readonly backend: string | undefined;
}

/** What routing needs beside its decisions. */
export interface PlannedRouting {
  /** Whether some rule names a cluster. */
  readonly choosesClusters: boolean;
  /** Request headers that no client may send, the cluster's aside. */
  readonly owned: readonly string[];
  /** The expressions that header values are made of. */
  readonly values: readonly CelValueExpression[];
  /** Response headers that are copied, renamed or mapped. */
  readonly responseHeaders: readonly string[];
  /** Where in a stream's record things stand; undefined where there are none. */
  readonly record: {
    /** The list of what an HTTPRoute changes of the response. */
    readonly list: number | undefined;
    /** The first block of the values that were made for the response. */
    readonly tape: number | undefined;
    /** What other origins are told: an outcome, and the first block of the origin's text. */
    readonly crossOrigin: number | undefined;
  };
}

/** Worst-case host calls of one request, by phase and in all. */
export interface Price {
  readonly request: Readonly<Record<string, number>>;
  readonly response: Readonly<Record<string, number>>;
  readonly total: number;
}
