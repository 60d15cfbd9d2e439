// RequestAuthentication: whose tokens are good.
import type { PolicyKind } from "../kind.ts";
import { advise, check, checkAnnotations } from "./check.ts";
import { lower } from "./lower.ts";
import { spec, type Spec } from "./schema.ts";

export const requestAuthentication: PolicyKind<Spec> = {
  kind: "RequestAuthentication",
  apiVersions: ["security.istio.io/v1", "security.istio.io/v1beta1"],
  spec,
  check,
  checkAnnotations,
  advise,
  lower,
};
