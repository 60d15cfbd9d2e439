// The intermediate representation: what all policies of a bundle mean, in a closed set of operations that knows nothing
// of YAML or of any standard's wording. Texts are byte strings: one character stands for one byte (latin1).
import type { CelExpression, CelValueExpression } from "../cel/expression.ts";
import type { Regex } from "../automata/regex.ts";
import type { Span } from "../source/span.ts";
import type { Authentication } from "./authentication.ts";
import type { Filled, Parameter } from "./parameters.ts";
import type { Backend, HttpRoutes, RoutePolicy } from "./routing.ts";

/** Everything one filter decides, in the order of its stages. */
export interface Program {
  readonly bundle: string;
  /** What the program was made of, in order. */
  readonly policies: readonly PolicyNote[];
  /** Absent where no policy looks at tokens. */
  readonly authentication?: Authentication;
  readonly authorization: Authorization;
  /** Limits in the order of namespace/name, then as written. All must allow. */
  readonly limits: readonly Limit[];
  /** Whom limits of the scope `mesh` ask. Absent where there is none. */
  readonly rateLimitService?: RateLimitService;
  /** Absent where there is no HTTPRoute. */
  readonly httpRoutes?: HttpRoutes;
  /** Routing policies in the order of namespace/name. In each the first rule that matches decides. */
  readonly routes: readonly RoutePolicy[];
  /** The backends that policies name, in the order of their clusters' names. */
  readonly backends: readonly Backend[];
  /** What the filter is given when it is loaded, in the order of names. Absent where it is given nothing. */
  readonly parameters?: readonly Parameter[];
  readonly responses: {
    readonly denied: Answer;
    readonly unauthenticated: Answer;
    readonly limited: Answer;
  };
}

/** One policy of the bundle. */
export interface PolicyNote {
  readonly kind: string;
  /** `namespace/name`. */
  readonly name: string;
  /** Path inside the bundle, and line. */
  readonly source: string;
}

/** Status and body of a refusal. */
export interface Answer extends Filled<"status" | "body"> {
  readonly status: number;
  readonly body: string;
}

/** Where an operation comes from, for logs, comments and explanations. */
export interface Origin {
  /** `namespace/name` of the policy. */
  readonly policy: string;
  /** The part of it, such as `rules[0]`. */
  readonly part: string;
  readonly span: Span;
}

/** DENY rules refuse first; then, where any ALLOW policy exists, one of the ALLOW rules must match. */
export interface Authorization {
  readonly deny: readonly Rule[];
  readonly allow: readonly Rule[];
  readonly anyAllowPolicy: boolean;
  /** Policies that only count: they never decide, and what decides never depends on them. */
  readonly observers: readonly Observer[];
}

/** An AUDIT policy, or one whose dry run is asked for: the requests that its rules match are counted. */
export interface Observer {
  /** `namespace/name`. */
  readonly policy: string;
  readonly effect: "audit" | "dry-run-allow" | "dry-run-deny";
  /** One match of any of them counts once. */
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly origin: Origin;
  readonly when: Condition;
}

/** A truth value over a request. */
export type Condition =
  | { readonly op: "constant"; readonly value: boolean }
  | { readonly op: "all"; readonly of: readonly Condition[] }
  | { readonly op: "any"; readonly of: readonly Condition[] }
  | { readonly op: "not"; readonly of: Condition }
  | Test
  | CelCondition;

/** A CEL expression that is no plain predicate; `onError` is what it counts as where it errors. */
export interface CelCondition {
  readonly op: "cel";
  readonly expression: CelExpression;
  readonly onError: boolean;
}

/** Holds when any value of the attribute satisfies the predicate; an absent attribute has no value. */
export interface Test {
  readonly op: "test";
  readonly attribute: Attribute;
  readonly predicate: Predicate;
}

/** What of a request is looked at. Each has no value, one, or several. */
export type Attribute = TextAttribute | AddressAttribute;

export type TextAttribute =
  | { readonly kind: "method" }
  /** The path without the query. */
  | { readonly kind: "path" }
  /** `:authority`, compared without case. */
  | { readonly kind: "host" }
  /**
   * The name in `:authority`, without its port, compared without case: labels of letters, digits, `-` and `_` with dots between
   * them. No value where that is anything else, such as an IPv6 address.
   */
  | { readonly kind: "hostname" }
  | { readonly kind: "header"; readonly name: string }
  /** The first cookie of this name. */
  | { readonly kind: "cookie"; readonly name: string }
  /** The first parameter of this name in the path's query, percent-decoded. */
  | { readonly kind: "query"; readonly name: string }
  /**
   * A claim of the verified token: where the path leads to a text, that text; where to a list, the texts in it. Of `scope`
   * and `permission` the words. No value where no token was verified, or the path leads elsewhere.
   */
  | { readonly kind: "claim"; readonly path: readonly string[] }
  /** Whom the peer's certificate names: its first URI, its first DNS name, its subject. */
  | { readonly kind: "principal" }
  /** The server name that a TLS client asked for. */
  | { readonly kind: "sni" }
  /** The port that the connection was made to, in decimal. */
  | { readonly kind: "destination-port" }
  /** A text in the request's dynamic metadata. */
  | { readonly kind: "metadata"; readonly filter: string; readonly path: readonly string[] };

/** Absent where the proxy does not say. */
export type AddressAttribute =
  /** The address at the other end of the connection. */
  | { readonly kind: "peer" }
  /** The client's address after the listener's trusted hops. */
  | { readonly kind: "client" }
  /** The address that the connection was made to. */
  | { readonly kind: "destination" };

/** A predicate on one value. */
export type Predicate =
  | { readonly kind: "exact" | "prefix" | "suffix"; readonly text: string }
  /** The whole value matches a regular expression over bytes. */
  | { readonly kind: "regex"; readonly regex: Regex }
  | { readonly kind: "present" }
  | { readonly kind: "not-empty" }
  | { readonly kind: "in-block"; readonly block: Block };

/** A CIDR block. IPv4 networks have 32 bits, IPv6 networks 128. */
export interface Block {
  readonly family: 4 | 6;
  readonly network: bigint;
  readonly bits: number;
}

/** How many requests, or how much of what they cost, are allowed for each key. */
export interface Limit {
  readonly origin: Origin;
  /** The author's name of it, unique in its policy. */
  readonly name: string;
  /** Before authentication every request counts; behind authorization those that may pass. */
  readonly phase: "before-authentication" | "after-authorization";
  /** Only requests for which this holds count. Where an expression in it errors, they do. */
  readonly when: Condition;
  /** Parts of the key; none: all requests share one. */
  readonly key: readonly KeyPart[];
  readonly algorithm: Algorithm;
  /** All must allow. Of `concurrency` there is one, whose window is 0. */
  readonly rates: readonly Rate[];
  readonly cost: Cost;
  /** Who shares what is left: one worker thread, all of the proxy's, all that ask one service. */
  readonly scope: "worker" | "proxy" | "mesh";
  /** The most keys kept at once. */
  readonly maxKeys: number;
  /** It only counts what it would have refused. */
  readonly shadow: boolean;
  readonly answer: LimitAnswer;
  /** What it means that the mesh's service does not answer. */
  readonly onError: "deny" | "allow";
  /** Which header fields tell clients what is left. */
  readonly fields: "draft" | "x-rate-limit" | "off";
}

/**
 * - `token-bucket`: holds `burst` tokens and gains `limit` each window, evenly.
 * - `gcra`: the same decisions, by the definition of the generic cell rate algorithm (ITU-T I.371).
 * - `sliding-window`: what the current window has, and of the one before as much as still lies within a window's length.
 * - `fixed-window`: windows begin at multiples of their length since 1970.
 * - `concurrency`: requests under way; each gives back what it took when its stream ends.
 */
export type Algorithm = "token-bucket" | "gcra" | "sliding-window" | "fixed-window" | "concurrency";

/** One rate of a limit. */
export interface Rate extends Filled<"limit" | "window" | "burst"> {
  /** What answers call it: the limit's name, and its window where the limit has several rates. */
  readonly item: string;
  readonly limit: number;
  /** In nanoseconds. */
  readonly window: bigint;
  /** A bucket's capacity; of window algorithms the limit. */
  readonly burst: number;
  /** In words, such as `100 per 1m, burst 20`. */
  readonly words: string;
}

/** What a request takes, in the unit of the limit. */
export type Cost =
  | ({ readonly kind: "constant"; readonly value: number } & Filled<"value">)
  /** Told by the upstream in this header of its response, and charged then: the request needs room for 1. */
  | { readonly kind: "response-header"; readonly name: string }
  /** What its number means `costOf` of `cel/value.ts` says; where it errors, the request is refused. */
  | { readonly kind: "cel"; readonly expression: CelValueExpression };

/** How a refusal is answered, where not as the program's `responses.limited` is, and which headers it has besides. */
export interface LimitAnswer extends Partial<Answer> {
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export type KeyPart =
  /** The header's value. All requests without it share a key, and so do all that repeat it. */
  | { readonly kind: "header"; readonly name: string }
  /** As a header, ASCII case aside: another spelling is no other host. */
  | { readonly kind: "host" }
  /** The query parameter's value, percent-decoded; absent and repeated as of headers. */
  | { readonly kind: "query"; readonly name: string }
  /** The first cookie of this name. */
  | { readonly kind: "cookie"; readonly name: string }
  /** A claim of the verified token, all its texts in order. */
  | { readonly kind: "claim"; readonly path: readonly string[] }
  /** The path without the query. */
  | { readonly kind: "path" }
  /**
   * The direct peer's address, cut to a prefix; with `hops` above 0 the address that stands that far from the right in
   * `x-forwarded-for`, and the peer's own where there are not so many.
   */
  | { readonly kind: "peer"; readonly v4Bits: number; readonly v6Bits: number; readonly hops: number }
  /** A text. All requests for which the expression errors share a key. */
  | { readonly kind: "cel"; readonly expression: CelValueExpression };

/** A service that counts for a whole mesh: `envoy.service.ratelimit.v3.RateLimitService`. */
export interface RateLimitService {
  /** Envoy's cluster of it. */
  readonly cluster: string;
  /** Where the cluster leads to, for configurations that are generated; absent where Envoy's operator looks after it. */
  readonly address?: { readonly host: string; readonly port: number };
  /** How long a request waits for its answer. */
  readonly timeoutMs: number;
  /** What the service knows the limits under. */
  readonly domain: string;
}
