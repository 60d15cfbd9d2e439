// What is measured in one table: variants of a listener that all get the same request, and what they are compared with.
import type { UpstreamConfig } from "../../envoy/index.ts";
import type { LoadRequest } from "../load/load.ts";
import type { LeftOut } from "../report/report.ts";

export interface Suite {
  /** The table's heading. */
  readonly title: string;
  /** Sent over and over, and the basis of every check. */
  readonly request: LoadRequest;
  /** What filters did to a request, told in response headers while checking: `name` → Envoy's format string. */
  readonly echoes: Readonly<Record<string, string>>;
  /** The variant whose cost is nobody's: what others add is what they cost beyond it. */
  readonly baseline: string;
  /** Further variants beyond which the cost is shown. */
  readonly over?: readonly string[];
  /** Variants of whose added cost that of each is shown as a multiple. */
  readonly times?: readonly string[];
  /** In the table's order. */
  readonly variants: readonly Variant[];
  /** Only checked: variants with other numbers, where what is to be seen of them never happens to those under load. */
  readonly twins?: readonly Variant[];
  /** What they are, in one sentence; absent: each says what it is. */
  readonly legend?: string;
  /** What was to be compared and cannot be had here. */
  readonly missing?: readonly LeftOut[];
  /** Lines under the table. */
  readonly notes?: readonly string[];
}

export interface Variant {
  readonly name: string;
  /** What it is, for the line under the table. Default: the suite's legend says. */
  readonly about?: string;
  /** Absolute paths of its modules. */
  readonly wasmPaths?: readonly string[];
  /** Its HTTP filters ahead of the router, in Envoy's terms. */
  readonly filters: (parts: FilterParts) => readonly object[];
  /** Root id of its modules. Default: empty. */
  readonly rootId?: string;
  /** Fields added to the virtual host, such as `typed_per_filter_config`. */
  readonly virtualHost?: object;
  /** What its routes match, and what they tell filters; each answers by itself. Default: one that matches everything. */
  readonly routes?: readonly object[];
  /**
   * Who answers: the route by itself, or behind the filters one that refuses with 200, on a route to a cluster, for filters that
   * let pass whatever is not for one. Default: the route.
   */
  readonly answeredBy?: "route" | "filter";
  /** What its filters call out to, by the cluster's name. */
  readonly callouts?: ReadonlyMap<string, UpstreamConfig>;
  /** Fields added to the connection manager, such as `local_reply_config`. */
  readonly connectionManager?: object;
  /** Instead of the suite's, as what a variant does may need another request to do it. */
  readonly request?: LoadRequest;
  /** Which part of a slice's requests it gets, above 0 and at most 1: for one that is very slow. Default: all. */
  readonly share?: number;
  /** Looked at before anything is measured; where one does something else, nothing is. */
  readonly checks: readonly Check[];
  /** What its CPU time may be beyond the baseline's. */
  readonly goals?: readonly CpuGoal[];
}

/** The filters `envoy/` generates, for variants to be put together from. */
export interface FilterParts {
  /** Puts the direct peer's address into filter state. */
  readonly peerAddress: object;
  /** The variant's own modules, in its order. */
  readonly wasm: readonly object[];
}

export type CpuGoal = RelativeGoal | AbsoluteGoal;

/** At most so many times what `of` adds. */
export interface RelativeGoal {
  readonly atMost: number;
  /** A variant, or one of those that are missing. */
  readonly of: string;
}

export interface AbsoluteGoal {
  readonly atMostMicroseconds: number;
}

/** A request and what must come back. */
export interface Check {
  readonly method?: string;
  /** Instead of the request's own. */
  readonly path?: string;
  /** Beside the suite's own, or in their place; null: without that header. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly status: number;
  /** Response headers; null: must be absent. */
  readonly response?: Readonly<Record<string, string | null>>;
}
