// What a request costs in Envoy as the routes become more: HTTPRoutes in a filter of ours beside Envoy's own routes.
import { stringify } from "yaml";
import { hit, prefix, prefixes, ruleCounts } from "../authz/prefixes.ts";
import type { Check, CpuGoal, Suite, Variant } from "../envoy/suite.ts";
import { compiledModule } from "../measured-modules.ts";
import { grouped } from "../report/format.ts";

type Count = (typeof ruleCounts)[number];

/** Of so many routes a request costs Envoy up to a millisecond: fewer requests tell as much. */
const shares: Readonly<Record<Count, number>> = { 10: 1, 100: 1, 1_000: 0.2, 10_000: 0.02 };

const SERVICES = 10;
const cluster = (i: number): string => `bench/service-${i % SERVICES}:80`;

const ours = (count: number): string => `ours: ${grouped(count)}`;
const native = (count: number): string => `envoy: ${grouped(count)}`;

export async function routesSuite(): Promise<Suite> {
  const variants: Variant[] = [];
  for (const count of ruleCounts) variants.push(await compiled(count));
  for (const count of ruleCounts) {
    const routes = prefixes(count).map((one) => ({ match: { path_separated_prefix: one.slice(0, -1) } }));
    variants.push({
      name: native(count),
      ...common(count),
      share: shares[count],
      filters: () => [],
      routes,
      checks: checksOf(count, () => null, 404),
    });
  }
  return {
    title: "routing: more and more routes, in Envoy",
    request: common(100).request,
    echoes: { "x-echo-cluster": "%REQ(x-tollgate-cluster)%" },
    baseline: "none",
    times: [ours(10)],
    variants: [{ name: "none", filters: () => [], checks: [{ status: 200 }] }, ...variants],
    legend:
      "Variants, with the number of routes: `ours`: a filter compiled from HTTPRoutes; `envoy`: routes of Envoy's own; `none`: no filter but the router.",
    notes: ["Each route takes what lies under one prefix; the load meets the one four fifths down the list."],
  };
}

function common(count: number): Required<Pick<Variant, "request">> {
  return {
    request: { authority: "bench.test", path: `${prefix(hit(count), count)}items`, headers: {} },
  };
}

async function compiled(count: Count): Promise<Variant> {
  const { path } = await compiledModule(`routes-${count}`, () => documents(count));
  const goals: CpuGoal[] = count === 10_000 ? [{ atMost: 1.3, of: ours(10) }] : [];
  return {
    name: ours(count),
    ...common(count),
    wasmPaths: [path],
    filters: ({ wasm }) => wasm,
    checks: checksOf(count, cluster, 404),
    goals,
  };
}

function checksOf(count: number, to: (i: number) => string | null, otherwise: number): Check[] {
  const taken = (i: number, path: string): Check => ({
    path,
    status: 200,
    response: { "x-echo-cluster": to(i) },
  });
  return [
    taken(hit(count), `${prefix(hit(count), count)}items`),
    taken(0, prefix(0, count)),
    taken(count - 1, prefix(count - 1, count).slice(0, -1)),
    { path: `${prefix(0, count).slice(0, -1)}x`, status: otherwise },
    { path: prefix(count, count), status: otherwise },
  ];
}

/** A route for each prefix, and where their backends are. */
function documents(count: number): string {
  const backends = Object.fromEntries(
    Array.from({ length: SERVICES }, (_, i) => [cluster(i), "http://127.0.0.1:9"]),
  );
  const bundle = {
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "Bundle",
    metadata: { name: "bench" },
    spec: { backends },
  };
  const routes = prefixes(count).map((one, i) => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: `route-${i}`, namespace: "bench" },
    spec: {
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: one } }],
          backendRefs: [{ name: `service-${i % SERVICES}`, port: 80 }],
        },
      ],
    },
  }));
  return [bundle, ...routes].map((document) => stringify(document)).join("---\n");
}
