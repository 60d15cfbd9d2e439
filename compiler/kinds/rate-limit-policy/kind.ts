// RateLimitPolicy: how fast.
import type { PolicyKind } from "../kind.ts";
import { advise } from "./advise.ts";
import { check } from "./check.ts";
import { lower } from "./lower.ts";
import { meshScopes } from "./mesh.ts";
import { spec, type Spec } from "./schema.ts";

export const rateLimitPolicy: PolicyKind<Spec> = {
  kind: "RateLimitPolicy",
  apiVersions: ["tollgate.dev/v1alpha1"],
  spec,
  check,
  asksRateLimitService: meshScopes,
  advise,
  lower,
};
