// What a policy kind is to the compiler: its names, its shape, its meaning. Everything else about a kind stays in its
// folder, and kinds never import each other.
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Program } from "../ir/program.ts";
import type { NotYet, Schema } from "../schema/schema.ts";
import type { Span } from "../source/span.ts";

/** A policy's name and the place of its document. */
export interface PolicyIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly span: Span;
}

/** `namespace/name`, as logs and messages call a policy. */
export function policyName(identity: PolicyIdentity): string {
  return `${identity.namespace}/${identity.name}`;
}

/** A program in the making; each kind adds to the stages it knows. */
export type ProgramDraft = {
  -readonly [Stage in "limits" | "routes"]: Program[Stage][number][];
} & {
  readonly authorization: {
    readonly deny: Program["authorization"]["deny"][number][];
    readonly allow: Program["authorization"]["allow"][number][];
    anyAllowPolicy: boolean;
    readonly observers: Program["authorization"]["observers"][number][];
  };
};

/** One kind of policy. `Spec` is what its schema reads. */
export interface PolicyKind<Spec> {
  readonly kind: string;
  /** API versions in which the kind is accepted, such as `security.istio.io/v1`. */
  readonly apiVersions: readonly string[];
  readonly spec: Schema<Spec>;
  /** Annotations that would change what the policy means, and are not honoured yet. */
  readonly annotationsNotYet: NotYet;
  /** Reports what fits the shape but makes no sense. */
  check(spec: Spec, diagnostics: Diagnostics): void;
  /** Warns of what is in order and yet hardly meant. Called only where nothing is wrong with the document. */
  advise?(spec: Spec, diagnostics: Diagnostics): void;
  /** Adds the checked policy to the program. Called in order of namespace/name. */
  lower(identity: PolicyIdentity, spec: Spec, draft: ProgramDraft): void;
}
