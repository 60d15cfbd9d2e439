// HeaderRoutePolicy: which road, by headers and cookies.
import type { PolicyKind } from "../kind.ts";
import { advise } from "./advise.ts";
import { check } from "./check.ts";
import { lower } from "./lower.ts";
import { spec, type Spec } from "./schema.ts";

export const headerRoutePolicy: PolicyKind<Spec> = {
  kind: "HeaderRoutePolicy",
  apiVersions: ["tollgate.dev/v1alpha1"],
  spec,
  check,
  advise,
  lower,
};
