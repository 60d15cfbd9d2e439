// Limits that a service counts, in Envoy: ours, which leases, beside Envoy's own filter, which asks about each request. The
// service is the one that people run, with its Redis; see runtime-tests/rate-limit-service.
import { stringify } from "yaml";
import { renderRateLimitConfig } from "../../compiler/ratelimit-config/config.ts";
import { rateLimitService, redisServer } from "../../runtime-tests/rate-limit-service/binaries.ts";
import {
  startRateLimitService,
  type RunningRateLimitService,
} from "../../runtime-tests/rate-limit-service/service.ts";
import { BuildFailed, ToolchainUnavailable } from "../../runtime-tests/foreign/toolchains.ts";
import { temporaryFolder } from "../cleanup.ts";
import { measureSuite } from "../envoy/measure.ts";
import type { Suite, Variant } from "../envoy/suite.ts";
import type { Environment } from "../environment.ts";
import type { Options } from "../options.ts";
import { progress } from "../report/progress.ts";
import type { LeftOut, Report } from "../report/report.ts";
import { serviceRateLimit } from "./native.ts";
import { LIMIT_NAME, limitPolicy, meshPolicies, type Service } from "./policies.ts";
import { generousByDay, stingyByDay, type Rate } from "./rate.ts";
import { compiled, lets, none, request, twinsNote, variantsOf, type Setup, type Side } from "./sides.ts";

const WORKER = "ours, worker";
const MESH = "ours, mesh";
const NATIVE = "ratelimit";

const CLUSTER = "ratelimit";
/** Milliseconds; what takes longer is no matter of filters. */
const TIMEOUT = 5_000;
/** The service's two kinds of rules: ours, and those of Envoy's filter, whose domain is of one rate. */
const DOMAIN = "bench";
const NATIVE_SHARE = 1 / 5;

const rates = [generousByDay, stingyByDay] as const;
const nameOf = ({ limit }: Rate): string => `fair-use-${limit}`;
const nativeDomain = ({ limit }: Rate): string => `native-${limit}`;

export async function measureMesh(options: Options, environment: Environment): Promise<Report> {
  const { service, missing } = await start(options);
  try {
    return await measureSuite(await meshSuite(service, missing), options, environment);
  } finally {
    await service?.stop();
  }
}

async function start({
  install,
}: Options): Promise<{ service?: RunningRateLimitService; missing: LeftOut[] }> {
  try {
    const redis = await redisServer({ install, progress });
    const service = await rateLimitService({ install, progress });
    const folder = await temporaryFolder();
    return { service: await startRateLimitService({ service, redis, folder, config }), missing: [] };
  } catch (error) {
    if (!(error instanceof ToolchainUnavailable || error instanceof BuildFailed)) throw error;
    return { missing: [MESH, NATIVE].map((name) => ({ name, reason: error.message })) };
  }
}

const config: readonly string[] = [
  renderRateLimitConfig({
    domain: DOMAIN,
    limits: rates.map((rate) => ({
      name: `bench/${nameOf(rate)}/${LIMIT_NAME}`,
      rates: [{ item: LIMIT_NAME, requests: rate.limit, unit: "day" }],
    })),
  }),
  ...rates.map((rate) =>
    stringify({
      domain: nativeDomain(rate),
      descriptors: [{ key: "user", rate_limit: { unit: "day", requests_per_unit: rate.limit } }],
    }),
  ),
];

async function meshSuite(
  service: RunningRateLimitService | undefined,
  missing: readonly LeftOut[],
): Promise<Suite> {
  const sides = [worker, ...(service ? asking(service.grpcPort) : [])];
  const { variants, twins } = await variantsOf(sides, { generous: generousByDay, stingy: stingyByDay, lets });
  // Envoy's filter looks at no other routes than those to a cluster.
  const toCluster = (variant: Variant): Variant => ({ ...variant, answeredBy: "filter" });
  return {
    title: "limits: a mesh's limit, in Envoy",
    request,
    echoes: {},
    baseline: none.name,
    times: [WORKER],
    variants: [none, ...variants].map(toCluster),
    twins: twins.map(toCluster),
    missing,
    notes: [
      "A window of a day for each `x-user`, which nobody uses up, in github.com/envoyproxy/ratelimit with Redis. What those two take is not counted, only Envoy's own time; `ratelimit` gets a fifth of the requests in each slice, as it waits for the service each time. Here a fault filter behind the others answers with 200, as `ratelimit` looks only at routes to a cluster.",
      twinsNote,
    ],
  };
}

const worker: Side = {
  name: WORKER,
  about: "compiled, `scope: worker`, which asks nobody",
  of: (rate) => compiled(`worker-${rate.limit}`, ours("worker", rate)),
};

function ours(scope: "worker" | "mesh", rate: Rate): string {
  return limitPolicy({ scope, rate, name: nameOf(rate), algorithm: "fixedWindow" });
}

/** The sides that ask the service at this port. */
function asking(port: number): Side[] {
  const upstream = new URL(`http://127.0.0.1:${port}`);
  const callouts = new Map([[CLUSTER, { upstream, upstreamProtocol: "http2" as const }]]);
  const at = (domain: string): Service => ({ cluster: CLUSTER, port, domain, timeout: TIMEOUT });
  return [
    {
      name: MESH,
      about: "compiled, `scope: mesh`, which leases so much at a time that hardly any request waits",
      goals: [{ atMost: 1.5, of: WORKER }],
      of: async (rate): Promise<Setup> => ({
        ...(await compiled(`mesh-${rate.limit}`, meshPolicies(at(DOMAIN), ours("mesh", rate)))),
        callouts,
      }),
    },
    {
      name: NATIVE,
      about: "Envoy's filter, which asks the service about each request",
      share: NATIVE_SHARE,
      of: (rate) => Promise.resolve({ ...serviceRateLimit(at(nativeDomain(rate))), callouts }),
    },
  ];
}
