// The annotation `istio.io/dry-run`: what the policy would decide is counted, and decides nothing.
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import type { Annotations } from "../kind.ts";

const ANNOTATION = "istio.io/dry-run";

/** The words that Istio takes, which are Go's. */
const YES = ["1", "t", "T", "TRUE", "true", "True"];
const NO = ["0", "f", "F", "FALSE", "false", "False"];

export function isDryRun(annotations: Annotations): boolean {
  return YES.includes(annotations.get(ANNOTATION)?.value ?? "");
}

/** Istio enforces a policy whose annotation it cannot read, and logs it. */
export function checkDryRun(annotations: Annotations, diagnostics: Diagnostics): void {
  const said = annotations.get(ANNOTATION);
  if (!said || [...YES, ...NO].includes(said.value)) return;
  diagnostics.error("bad-value", `\`${said.value}\` is neither yes nor no`, {
    span: said.span,
    help: 'write "true" to try the policy out, or "false"; Istio enforces what it cannot read',
  });
}
