// AuthorizationPolicy: who may pass.
import type { PolicyKind } from "../kind.ts";
import { advise } from "./advise.ts";
import { check } from "./check.ts";
import { lower } from "./lower.ts";
import { spec, type Spec } from "./schema.ts";

export const authorizationPolicy: PolicyKind<Spec> = {
  kind: "AuthorizationPolicy",
  apiVersions: ["security.istio.io/v1", "security.istio.io/v1beta1"],
  spec,
  annotationsNotYet: {
    "istio.io/dry-run":
      "without it the policy is enforced, also where it was to be only tried out: keep the policy out of the bundle for as long",
  },
  check,
  advise,
  lower,
};
