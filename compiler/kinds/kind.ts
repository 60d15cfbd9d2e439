// What a policy kind is to the compiler: its names, its shape, its meaning. Everything else about a kind stays in its
// folder, and kinds never import each other.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { TokenRule } from "../ir/authentication.ts";
import type { Program } from "../ir/program.ts";
import type { HttpRouteRule } from "../ir/routing.ts";
import type { Schema } from "../schema/schema.ts";
import type { Located, Span } from "../source/span.ts";
import type { Service, Workload } from "./attachment/attach.ts";
import type { Surroundings } from "./gateway-api/surroundings.ts";

/** A policy's name and the place of its document. */
export interface PolicyIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly span: Span;
  readonly annotations: Annotations;
  /** `metadata.creationTimestamp`, in milliseconds since 1970. */
  readonly created?: number;
}

/** What is written for other tools, some of which changes what a policy means. */
export type Annotations = ReadonlyMap<string, Located<string>>;

/** `namespace/name`, as logs and messages call a policy. */
export function policyName(identity: PolicyIdentity): string {
  return `${identity.namespace}/${identity.name}`;
}

/** A program in the making; each kind adds to the stages it knows. */
export type ProgramDraft = {
  -readonly [Stage in "limits" | "routes"]: Program[Stage][number][];
} & {
  /** In no order; absent where there is no HTTPRoute. */
  httpRoutes?: RankedHttpRule[];
  readonly authentication: { readonly rules: TokenRule[] };
  readonly authorization: {
    readonly deny: Program["authorization"]["deny"][number][];
    readonly allow: Program["authorization"]["allow"][number][];
    anyAllowPolicy: boolean;
    readonly observers: Program["authorization"]["observers"][number][];
  };
};

/** A rule with its place among those of all routes: ranks are compared entry by entry, and the lowest goes first. */
export interface RankedHttpRule {
  readonly rule: HttpRouteRule;
  readonly rank: readonly (number | string)[];
}

/** A policy as its kind knows it. */
export interface Policy<Spec> {
  readonly identity: PolicyIdentity;
  readonly spec: Spec;
}

/** One kind of policy. `Spec` is what its schema reads. */
export interface PolicyKind<Spec> {
  readonly kind: string;
  /** API versions in which the kind is accepted, such as `security.istio.io/v1`. */
  readonly apiVersions: readonly string[];
  readonly spec: Schema<Spec>;
  /** Reports annotations that the kind knows and cannot read. */
  checkAnnotations?(annotations: Annotations, diagnostics: Diagnostics): void;
  /** Reports what fits the shape but makes no sense. */
  check(spec: Spec, diagnostics: Diagnostics): void;
  /** Where the policy says that the bundle's rate limit service is to be asked. */
  asksRateLimitService?(spec: Spec): readonly Span[];
  /** Clusters that the policy sends requests to, where it names them: each must be one of the bundle's `backends`. */
  namesBackends?(
    spec: Spec,
    identity: PolicyIdentity,
    surroundings: Surroundings,
  ): readonly Located<string>[];
  /** Warns of what is in order and yet hardly meant. Called only where nothing is wrong with the document. */
  advise?(spec: Spec, diagnostics: Diagnostics, annotations: Annotations): void;
  /** Which workloads the policy is for; absent: those that the fields of `attachment/` say. */
  workloadsFor?(
    spec: Spec,
    identity: PolicyIdentity,
    workloads: readonly Workload[],
    services: readonly Service[],
  ): readonly Workload[];
  /**
   * Reports what only the bundle's other documents tell. Called where nothing else is wrong, with all policies of the kind
   * that one filter holds, in order of namespace/name.
   */
  checkTogether?(
    policies: readonly Policy<Spec>[],
    surroundings: Surroundings,
    diagnostics: Diagnostics,
  ): void;
  /** Adds the checked policy to the program. Called in order of namespace/name. */
  lower(identity: PolicyIdentity, spec: Spec, draft: ProgramDraft, surroundings: Surroundings): void;
}
