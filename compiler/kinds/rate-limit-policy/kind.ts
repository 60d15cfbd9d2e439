// RateLimitPolicy: how fast.
import type { PolicyKind } from "../kind.ts";
import { check } from "./check.ts";
import { lower } from "./lower.ts";
import { spec, type Spec } from "./schema.ts";

export const rateLimitPolicy: PolicyKind<Spec> = {
  kind: "RateLimitPolicy",
  apiVersions: ["tollgate.dev/v1alpha1"],
  spec,
  check,
  lower,
};
