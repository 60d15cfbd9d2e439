// HTTPRoute: which road a request takes, as the Kubernetes Gateway API has it.
import { GATEWAY_API } from "../gateway-api/surroundings.ts";
import type { PolicyKind } from "../kind.ts";
import { namedBackends } from "./backends.ts";
import { check } from "./check.ts";
import { lower } from "./lower.ts";
import { workloadsFor } from "./parents.ts";
import { spec, type Spec } from "./schema.ts";
import { advise } from "./advise.ts";
import { checkTogether } from "./together.ts";

export const httpRoute: PolicyKind<Spec> = {
  kind: "HTTPRoute",
  apiVersions: [`${GATEWAY_API}/v1`, `${GATEWAY_API}/v1beta1`],
  spec,
  check,
  advise,
  namesBackends: namedBackends,
  workloadsFor,
  checkTogether,
  lower,
};
