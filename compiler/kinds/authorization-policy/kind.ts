// AuthorizationPolicy: who may pass.
import type { PolicyKind } from "../kind.ts";
import { advise } from "./advise.ts";
import { check } from "./check.ts";
import { checkDryRun } from "./dry-run.ts";
import { lower } from "./lower.ts";
import { spec, type Spec } from "./schema.ts";

export const authorizationPolicy: PolicyKind<Spec> = {
  kind: "AuthorizationPolicy",
  apiVersions: ["security.istio.io/v1", "security.istio.io/v1beta1"],
  spec,
  checkAnnotations: checkDryRun,
  check,
  advise,
  lower,
};
