// References to backends that say too little, and weights that come to nothing.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import type { Located } from "../../source/span.ts";
import { HOSTNAME } from "./hostnames.ts";
import type { ObjectRefSpec, RuleSpec } from "./schema.ts";

export function checkBackends({ backendRefs, keys, span }: RuleSpec, diagnostics: Diagnostics): void {
  const refs = backendRefs?.items ?? [];
  for (const ref of refs) checkObjectRef(ref, diagnostics);
  if (refs.length === 0 || refs.some(({ weight }) => weight?.value !== 0)) return;
  diagnostics.error("zero-weights", "the weights of these backends add up to zero", {
    span: keys.get("backendRefs") ?? span,
    help: "give at least one backend a weight above zero",
  });
}

/** Names become a part of a cluster's name, which a request header carries. */
export function checkObjectRef(ref: ObjectRefSpec, diagnostics: Diagnostics): void {
  for (const name of ref.namespace ? [ref.name, ref.namespace] : [ref.name]) checkName(name, diagnostics);
  const isService = (ref.kind?.value ?? "Service") === "Service" && (ref.group?.value ?? "") === "";
  if (!isService || ref.port) return;
  diagnostics.error("missing-field", "a Service is reached at one of its ports", {
    span: ref.name.span,
    help: "add `port`: the Service's port, such as `port: 8080`",
  });
}

function checkName({ value, span }: Located<string>, diagnostics: Diagnostics): void {
  if (HOSTNAME.test(value) && !value.startsWith("*") && value.length <= 100) return;
  diagnostics.error("bad-name", `\`${value}\` is not a name`, {
    span,
    help: "use lower-case letters, digits and `-`, as Kubernetes does, and at most 100 of them",
  });
}
