// HeaderRoutePolicy: which road, by what a request says, and what is changed on the way.
import type { PolicyKind } from "../kind.ts";
import { advise } from "./advise.ts";
import { check, namesBackends } from "./check.ts";
import { lower } from "./lower.ts";
import { spec, type Spec } from "./schema.ts";

export const headerRoutePolicy: PolicyKind<Spec> = {
  kind: "HeaderRoutePolicy",
  apiVersions: ["tollgate.dev/v1alpha1"],
  spec,
  check,
  namesBackends,
  advise,
  lower,
};
