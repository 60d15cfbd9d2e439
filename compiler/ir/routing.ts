// Routing: which road a request takes, and what is changed on the way. Texts are byte strings.
import type { CelValueExpression } from "../cel/expression.ts";
import type { Filled } from "./parameters.ts";
import type { Condition, Origin } from "./program.ts";

/**
 * The rules of all HTTPRoutes in the standard's precedence: the first that matches decides. Where none does, the answer is
 * 404, unless a `RoutePolicy` names a backend.
 */
export interface HttpRoutes {
  readonly rules: readonly HttpRouteRule[];
}

/** One match of a rule under one hostname: what matches by another has a place of its own in the order. */
export interface HttpRouteRule {
  /** The part is the rule, such as `rules[0]`, whichever of its matches this is. */
  readonly origin: Origin;
  readonly when: Condition;
  /** Browsers' requests from elsewhere. A preflight is answered where the request that it asks about would match. */
  readonly cors?: Cors;
  readonly changes: Changes;
  readonly action: Redirect | Forwarding;
}

/** Answers with where to go instead. */
export interface Redirect {
  readonly kind: "redirect";
  readonly status: 301 | 302 | 303 | 307 | 308;
  /** Absent: the request's own. */
  readonly scheme?: "http" | "https";
  /** Absent: the request's own, without its port. */
  readonly host?: string;
  /** A number is left out where it is the scheme's own; `request`: as the request's authority has it. */
  readonly port: number | "none" | "request";
  /** Absent: the request's own. The query stays. */
  readonly path?: PathChange;
}

/** Passes on to one of several backends. */
export interface Forwarding {
  readonly kind: "forward";
  /** Their weights are above zero. None: 500. */
  readonly backends: readonly WeightedBackend[];
  /** The `:authority` that the upstream sees. */
  readonly host?: string;
  readonly path?: PathChange;
  /** In milliseconds; 0: none. */
  readonly timeouts?: { readonly request?: number; readonly backendRequest?: number };
  readonly retry?: Retry;
  /** What only a route of Envoy can do; see `RouteSetting`. */
  readonly setting?: RouteSetting;
}

export interface WeightedBackend {
  /** Envoy's cluster; undefined: there is no such backend, and its share is answered 500. */
  readonly cluster: string | undefined;
  readonly weight: number;
  /** Behind the rule's. */
  readonly changes: Changes;
}

/** What the path becomes; the query stays as it is. */
export type PathChange =
  | { readonly kind: "full"; readonly path: string }
  /**
   * The first `size` bytes, which the match has proved to be there, are replaced by `to`, and what follows begins with `/` or is
   * empty. Neither ends with `/`; an empty whole is `/`.
   */
  | { readonly kind: "prefix"; readonly size: number; readonly to: string };

/** Which answers of a backend are worth another try, by Envoy's own request headers. */
export interface Retry {
  readonly codes: readonly number[];
  /** Tries behind the first; absent: Envoy's one. */
  readonly attempts?: number;
}

/**
 * What only a route of Envoy can do. Distinct settings are distinct generated routes, chosen by the request header
 * `x-tollgate-rule`, whose value is the setting's `id`: a digest of what it says.
 */
export interface RouteSetting {
  readonly id: string;
  /** Each gets a copy of so many requests. */
  readonly mirrors: readonly {
    readonly cluster: string;
    readonly numerator: number;
    readonly denominator: number;
  }[];
  /** The shortest wait before another try, in milliseconds. */
  readonly retryBackoffMs?: number;
}

/** Cross-origin resource sharing, by the Fetch standard. */
export interface Cors {
  /** Over the header `origin` alone. */
  readonly allows: Condition;
  /** Whether every origin is allowed, which may be said as `*` where there are no credentials. */
  readonly anyOrigin: boolean;
  readonly credentials: boolean;
  /** `*`: whichever are asked for. Else in the words of the answer's header; empty: none. */
  readonly methods: readonly string[] | "*";
  readonly headers: readonly string[] | "*";
  readonly exposed: readonly string[] | "*";
  /** In seconds. */
  readonly maxAge: number;
}

export interface RoutePolicy {
  readonly policy: string;
  readonly rules: readonly RouteRule[];
}

/** The first rule whose condition holds applies its changes, and then those of the arm its split chooses. */
export interface RouteRule {
  readonly origin: Origin;
  /** The author's name of the rule, or `rules[i]`. */
  readonly name: string;
  readonly when: Condition;
  readonly changes: Changes;
  /** Envoy's cluster, instead of the one that an HTTPRoute chose. Of several policies that name one the last decides. */
  readonly backend?: string;
  readonly split: Split | undefined;
}

/**
 * Header changes, in order. Values are made from the request as it was before any routing rule changed it; what is copied,
 * renamed or mapped in a response, from the response as it was.
 */
export interface Changes {
  readonly request: readonly HeaderChange[];
  readonly response: readonly HeaderChange[];
}

export type HeaderChange =
  | { readonly op: "remove"; readonly name: string }
  /** Where the value cannot be made, the header is removed: what a client sent must not pass for it. */
  | ({ readonly op: "set"; readonly name: string; readonly value: Template } & Filled<"value">)
  /** One more value. Nothing where it cannot be made. */
  | ({ readonly op: "add"; readonly name: string; readonly value: Template } & Filled<"value">)
  /** All values of `name`, in order, replace those of `to`, which is removed where there are none; `rename` removes `name`. */
  | { readonly op: "copy" | "rename"; readonly name: string; readonly to: string }
  /**
   * What the table has for the only value of `name` replaces the values of `to`. Of a value that it lacks, of none and of
   * several, `otherwise` does; where that is absent, `to` is removed.
   */
  | {
      readonly op: "map";
      readonly name: string;
      readonly to: string;
      readonly table: readonly (readonly [from: string, to: string])[];
      readonly otherwise?: string;
    };

/**
 * A header's value: texts and expressions, one behind the other. It cannot be made where an expression errs, where the whole
 * holds a control character other than a tab or begins or ends with white space, or has more than 4,096 bytes.
 */
export type Template = readonly (string | CelValueExpression)[];

/** A change with its value made, as it is done to a message's headers. */
export type MadeChange =
  | { readonly op: "remove"; readonly name: string }
  | { readonly op: "set" | "add"; readonly name: string; readonly value: string };

/** What is done to a response: some changes are about headers that only the response has. */
export type ResponseChange = MadeChange | Extract<HeaderChange, { readonly op: "copy" | "rename" | "map" }>;

export interface Split {
  /** The first that is present is the key; where none is, the request's own id decides. */
  readonly stickyBy: readonly StickyKey[];
  readonly arms: readonly Arm[];
}

export type StickyKey =
  | { readonly kind: "header" | "cookie"; readonly name: string }
  /** Its first text. */
  | { readonly kind: "claim"; readonly path: readonly string[] }
  | { readonly kind: "peer" };

export interface Arm extends Filled<"weight"> {
  readonly name: string;
  readonly weight: number;
  readonly changes: Changes;
  readonly backend?: string;
}

/** Where a cluster that policies name leads to. */
export interface Backend {
  readonly cluster: string;
  readonly url: string;
}
