// Which policies are for which workload, by Istio's rules; and what is said of those that are for none.
import { describe, expect, test } from "@jest/globals";
import { checkPolicies } from "../testing/findings.ts";
import { pin } from "../testing/pin.ts";

/** A policy that lets everything by; `attachment` goes into its spec. */
function policy(name: string, namespace: string, attachment = ""): string {
  return `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: ${name}, namespace: ${namespace} }
spec: { rules: [{}]${attachment && `, ${attachment}`} }
---
`;
}

const bundle = (workloads: string): string => `apiVersion: tollgate.dev/v1alpha1
kind: Bundle
metadata: { name: b }
spec: { workloads: [${workloads}] }
---
`;

const GATEWAY = "gateway.networking.k8s.io";

/** What applies to each workload. */
function selected(text: string): Record<string, string[]> {
  const { targets, diagnostics } = checkPolicies(text);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return Object.fromEntries(
    targets.map(({ name, program }) => [name, program.policies.map((policy) => policy.name)]),
  );
}

describe("selection", () => {
  test("by namespace, by labels, and from the root namespace", () => {
    const workloads = bundle(
      [
        "{ name: orders, namespace: shop, labels: { app: orders, tier: back } }",
        "{ name: stock, namespace: shop, labels: { app: stock, tier: back } }",
        "{ name: web, namespace: front, labels: { app: orders } }",
        "{ name: other }",
      ].join(", "),
    );
    const policies = [
      policy("all", "shop"),
      policy("empty", "shop", "selector: {}"),
      policy("empty-labels", "shop", "selector: { matchLabels: {} }"),
      policy("orders", "shop", "selector: { matchLabels: { app: orders } }"),
      policy("back", "shop", "selector: { matchLabels: { tier: back } }"),
      policy("both", "shop", "selector: { matchLabels: { tier: back, app: stock } }"),
      policy("mesh", "istio-system"),
      policy("mesh-orders", "istio-system", "selector: { matchLabels: { app: orders } }"),
      policy("unnamed", "default"),
    ];
    expect(selected(workloads + policies.join(""))).toEqual({
      "b.orders": [
        "istio-system/mesh",
        "istio-system/mesh-orders",
        ...["shop/all", "shop/back", "shop/empty", "shop/empty-labels", "shop/orders"],
      ],
      "b.stock": [
        "istio-system/mesh",
        ...["shop/all", "shop/back", "shop/both", "shop/empty", "shop/empty-labels"],
      ],
      "b.web": ["istio-system/mesh", "istio-system/mesh-orders"],
      "b.other": ["default/unnamed", "istio-system/mesh"],
    });
  });

  test("by what a policy is for", () => {
    const workloads = bundle(
      [
        `{ name: gate, namespace: shop, labels: { ${GATEWAY}/gateway-name: public } }`,
        `{ name: way, namespace: shop, labels: { ${GATEWAY}/gateway-class-name: istio-waypoint } }`,
        "{ name: orders, namespace: shop }",
        "{ name: orders-2, namespace: front }",
      ].join(", "),
    );
    const gateway = (name: string): string => `{ group: ${GATEWAY}, kind: Gateway, name: ${name} }`;
    const policies = [
      policy("gate", "shop", `targetRefs: [${gateway("public")}]`),
      policy("gate-old", "shop", `targetRef: ${gateway("public")}`),
      policy(
        "class",
        "istio-system",
        `targetRefs: [{ group: ${GATEWAY}, kind: GatewayClass, name: istio-waypoint }]`,
      ),
      policy("orders", "shop", "targetRefs: [{ kind: Service, name: orders }]"),
      policy(
        "either",
        "shop",
        `targetRefs: [{ group: core, kind: Service, name: orders }, ${gateway("public")}]`,
      ),
    ];
    expect(selected(workloads + policies.join(""))).toEqual({
      "b.gate": ["shop/either", "shop/gate", "shop/gate-old"],
      "b.way": ["istio-system/class"],
      "b.orders": ["shop/either", "shop/orders"],
      "b.orders-2": [],
    });
  });

  test("by the Services that select workloads", () => {
    const service = (name: string, namespace: string, spec: string): string =>
      `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: { ports: [{ port: 80 }]${spec} }\n---\n`;
    const target = (name: string): string => `targetRefs: [{ kind: Service, name: ${name} }]`;
    const workloads = bundle(
      "{ name: orders-v1, namespace: shop, labels: { app: orders } }, { name: orders-v2, namespace: shop, labels: { app: orders } }, { name: orders, namespace: shop }",
    );
    const policies = [
      policy("known", "shop", target("orders")),
      policy("empty", "shop", target("orders-v2")),
      policy("other", "shop", target("orders-v1")),
      service("orders", "shop", ", selector: { app: orders }"),
      service("orders-v2", "shop", ""),
      service("orders-v1", "elsewhere", ", selector: { app: none }"),
    ];
    expect(selected(workloads + policies.join(""))).toEqual({
      "b.orders-v1": ["shop/known", "shop/other"],
      "b.orders-v2": ["shop/known"],
      "b.orders": [],
    });
  });

  test("the kinds of Tollgate's own are selected alike", () => {
    const own = (kind: string, spec: string): string =>
      `apiVersion: tollgate.dev/v1alpha1\nkind: ${kind}\nmetadata: { name: p, namespace: shop }\nspec: { selector: { matchLabels: { app: a } }, ${spec} }\n---\n`;
    const text =
      bundle("{ name: a, namespace: shop, labels: { app: a } }, { name: b, namespace: shop }") +
      policy("all", "shop") +
      own("RateLimitPolicy", "limits: { l: { rates: [{ limit: 1, window: 1s }], scope: worker } }") +
      own("HeaderRoutePolicy", "rules: [{ request: { set: [{ name: x-a, value: b }] } }]");
    expect(selected(text)).toEqual({ "b.a": ["shop/all", "shop/p", "shop/p"], "b.b": ["shop/all"] });
  });

  test("workloads with the same policies share a plan", () => {
    const { targets } = checkPolicies(
      bundle("{ name: a }, { name: b }, { name: c, namespace: x }") +
        policy("p", "default") +
        policy("q", "x"),
    );
    expect(targets.map(({ workload }) => workload)).toEqual(["a", "b", "c"]);
    expect(targets[0]?.plan).toBe(targets[1]?.plan);
    expect(targets[0]?.plan).not.toBe(targets[2]?.plan);
  });

  test("without workloads there is one filter with every policy", () => {
    expect(
      selected(
        policy("a", "shop") +
          policy("b", "istio-system") +
          policy("c", "x", "selector: { matchLabels: { app: a } }"),
      ),
    ).toEqual({
      bundle: ["istio-system/b", "shop/a", "x/c"],
    });
  });
});

describe("what is said of it", () => {
  pin([
    {
      name: "labels that no workload carries",
      policies:
        bundle("{ name: a, namespace: shop, labels: { app: a } }") +
        policy("p", "shop") +
        policy("q", "shop", "selector: { matchLabels: { app: b } }"),
      finds: [
        "warning TG4001 p.yaml:14:22: the AuthorizationPolicy `shop/q` applies to no workload = no workload of the bundle carries these labels: compare with `spec.workloads` of the `Bundle` document",
      ],
    },
    {
      name: "a namespace without workload, and a workload without policy",
      policies: bundle("{ name: a, namespace: shop }") + policy("p", "default"),
      finds: [
        "warning TG4001 p.yaml:4:29: no policy applies to the workload `a` = its filter lets every request by: check its namespace and labels, or leave it out",
        "warning TG4001 p.yaml:8:19: the AuthorizationPolicy `default/p` applies to no workload = it is of the namespace `default`, and the workloads are in `shop`; policies of `istio-system` hold everywhere",
      ],
    },
    {
      name: "targets that are no workloads of the bundle",
      policies:
        bundle("{ name: a, namespace: shop }") +
        policy("p", "shop") +
        policy("q", "shop", "targetRefs: [{ group: networking.istio.io, kind: ServiceEntry, name: a }]") +
        policy("r", "shop", `targetRefs: [{ group: ${GATEWAY}, kind: GatewayClass, name: istio-waypoint }]`),
      finds: [
        "warning TG4001 p.yaml:14:22: the AuthorizationPolicy `shop/q` applies to no workload = a `Gateway` is the workloads with the label `gateway.networking.k8s.io/gateway-name`, a `Service` those that it selects, or the workload of its name where the bundle does not hold it; a `GatewayClass` counts in `istio-system` only, and a `ServiceEntry` lies outside",
        "warning TG4001 p.yaml:19:22: the AuthorizationPolicy `shop/r` applies to no workload = a `Gateway` is the workloads with the label `gateway.networking.k8s.io/gateway-name`, a `Service` those that it selects, or the workload of its name where the bundle does not hold it; a `GatewayClass` counts in `istio-system` only, and a `ServiceEntry` lies outside",
      ],
    },
    {
      name: "selector and targets",
      policies: policy(
        "p",
        "shop",
        "selector: { matchLabels: { app: a } }, targetRefs: [{ kind: Service, name: a }]",
      ),
      finds: [
        "error TG2009 p.yaml:4:61: a policy takes `selector` or `targetRefs`, not both = keep one of them, or write a policy for each",
      ],
    },
    {
      name: "one target and several",
      policies: policy(
        "p",
        "shop",
        "targetRef: { kind: Service, name: b }, targetRefs: [{ kind: Service, name: a }]",
      ),
      finds: [
        "error TG2009 p.yaml:4:22: a policy takes `targetRefs` or `targetRef`, not both = keep one of them, or write a policy for each",
      ],
    },
    {
      name: "the old word",
      policies:
        bundle("{ name: a, namespace: shop }") + policy("p", "shop", "targetRef: { kind: Service, name: a }"),
      finds: ["note TG2010 p.yaml:9:22: `targetRef` is deprecated = write a list of one entry: `targetRefs`"],
    },
    {
      name: "targets of other kinds, groups and namespaces, and without a name",
      policies: policy(
        "p",
        "shop",
        "targetRefs: [{ kind: Pod, name: a }, { kind: Gateway, name: a }, { group: apps, kind: Service, name: a }, { kind: Service, name: a, namespace: x }, { kind: Service }]",
      ),
      finds: [
        "error TG2007 p.yaml:4:43: a `Pod` is no target of a policy = the targets are `Gateway`, `GatewayClass`, `Service`, `ServiceEntry`",
        "error TG2007 p.yaml:4:67: `Gateway` is not a kind of `core` = write `group: gateway.networking.k8s.io`",
        "error TG2007 p.yaml:4:96: `Service` is not a kind of `apps` = leave `group` out",
        "error TG2007 p.yaml:4:165: a target is of the policy's own namespace = the policy is of `shop`: leave `namespace` out, or write a policy in `x`",
        "error TG2005 p.yaml:4:170: the field `name` is missing = add `name`: the target's name",
      ],
    },
    {
      name: "labels of any value",
      policies: policy("p", "shop", 'selector: { matchLabels: { app: "*" } }'),
      finds: [
        "error TG2007 p.yaml:4:54: `*` is not a label's value = use letters, digits, `-`, `_` and `.`, at most 63 of them; there are no wildcards",
      ],
    },
    {
      name: "expressions, which Istio does not have",
      policies: policy("p", "shop", "selector: { matchExpressions: [] }"),
      finds: [
        "error TG2003 p.yaml:4:34: unknown field `matchExpressions` = the only field here is `matchLabels`",
      ],
    },
    {
      name: "a selection that all policies share, and no workloads",
      policies:
        policy("p", "shop", "selector: { matchLabels: { app: a } }") +
        policy("q", "shop", "selector: { matchLabels: { app: a } }") +
        policy("r", "shop"),
      finds: [
        "note TG4002 p.yaml:4:22: `selector` is not looked at: the bundle names no workloads, and becomes one filter with every policy = name the workloads in a `Bundle` document, under `spec.workloads`, for a filter of each",
      ],
    },
    {
      name: "selections that differ, and no workloads",
      policies:
        policy("p", "shop", "selector: { matchLabels: { app: a } }") +
        policy("q", "shop", "targetRefs: [{ kind: Service, name: b }]"),
      finds: [
        "warning TG4002 p.yaml:4:22: `selector` is not looked at, and other policies are for other workloads: this one filter has them all = name the workloads in a `Bundle` document, under `spec.workloads`, for a filter of each",
        "warning TG4002 p.yaml:9:22: `targetRefs` is not looked at, and other policies are for other workloads: this one filter has them all = name the workloads in a `Bundle` document, under `spec.workloads`, for a filter of each",
      ],
    },
  ]);
});
