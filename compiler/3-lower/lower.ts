// Checked policies → one program.
import type { CheckedBundle, CheckedPolicy } from "../2-check/check.ts";
import { holesOf, parametersIn, type Filled } from "../ir/parameters.ts";
import type { Answer, Program } from "../ir/program.ts";
import type { Changes } from "../ir/routing.ts";
import { byteString } from "../http/header-syntax.ts";
import { policyName, type ProgramDraft } from "../kinds/kind.ts";
import { positionOf } from "../source/span.ts";
import { backendsOf } from "./backends.ts";
import { inOrder } from "./http-routes.ts";
import { serviceFor } from "./rate-limit-service.ts";

/** As Envoy's own RBAC filter answers. */
const DENIED: Answer = { status: 403, body: "RBAC: access denied" };
/** As Envoy's own jwt_authn filter answers. */
const UNAUTHENTICATED: Answer = { status: 401, body: "Jwt verification fails" };
const LIMITED: Answer = { status: 429, body: "rate limit exceeded" };

/** The program of some of a bundle's policies: those that one filter holds. */
export function lower(bundle: CheckedBundle, policies: readonly CheckedPolicy[]): Program {
  const draft: ProgramDraft = {
    authentication: { rules: [] },
    authorization: { deny: [], allow: [], anyAllowPolicy: false, observers: [] },
    limits: [],
    routes: [],
  };
  for (const { kind, identity, spec } of policies) kind.lower(identity, spec, draft, bundle.surroundings);
  const { denied, unauthenticated, limited } = bundle.spec?.responses ?? {};
  const responses = {
    denied: answer(denied, DENIED),
    unauthenticated: answer(unauthenticated, UNAUTHENTICATED),
    limited: answer(limited, LIMITED),
  };
  const filled = filledIn(draft, responses);
  const parameters = parametersIn(filled.flatMap(({ holes }) => Object.values(holes ?? {})));
  const { authentication, httpRoutes, ...stages } = draft;
  const routing = { routes: draft.routes, ...(httpRoutes && { httpRoutes: inOrder(httpRoutes) }) };
  return {
    bundle: bundle.name,
    policies: policies.map(({ kind, identity }) => ({
      kind: kind.kind,
      name: policyName(identity),
      source: `${identity.span.file.path}:${positionOf(identity.span.file, identity.span.start).line}`,
    })),
    ...stages,
    ...routing,
    ...(authentication.rules.length > 0 && { authentication }),
    ...serviceFor(draft.limits, bundle),
    backends: backendsOf(routing, bundle),
    ...(parameters.length > 0 && { parameters }),
    responses,
  };
}

/** Everything that parameters may fill, of what this filter does. */
function filledIn(
  { authentication, authorization, limits, routes }: ProgramDraft,
  { denied, unauthenticated, limited }: Program["responses"],
): readonly Filled<string>[] {
  const refuses = authorization.anyAllowPolicy || authorization.deny.length > 0;
  return [
    ...(refuses ? [denied] : []),
    ...(authentication.rules.length > 0 ? [unauthenticated] : []),
    ...(limits.length > 0 ? [limited] : []),
    ...limits.flatMap(({ rates, cost, answer }) => [
      ...rates,
      answer,
      ...(cost.kind === "constant" ? [cost] : []),
    ]),
    ...routes.flatMap(({ rules }) =>
      rules.flatMap(({ changes, split }) => [
        ...written(changes),
        ...(split?.arms.flatMap((arm) => [arm, ...written(arm.changes)]) ?? []),
      ]),
    ),
  ];
}

function written({ request, response }: Changes): readonly Filled<"value">[] {
  return [...request, ...response].flatMap((change) =>
    change.op === "set" || change.op === "add" ? [change] : [],
  );
}

type Written = NonNullable<NonNullable<CheckedBundle["spec"]>["responses"]>["denied"];

function answer(written: Written, standard: Answer): Answer {
  return {
    status: written?.status?.value ?? standard.status,
    body: written?.body ? byteString(written.body.value) : standard.body,
    ...holesOf({ status: written?.status?.hole, body: written?.body?.hole }),
  };
}
