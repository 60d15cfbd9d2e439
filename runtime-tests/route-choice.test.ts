// The route that a real Envoy takes is the one that the filter chose for this request, also where something in front of the
// filter has made Envoy look for a route already, and whatever the client sends.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Assembler, type Program } from "../compiler/index.ts";
import { interpret, LimitState } from "../compiler/ir/interpret.ts";
import { bootstrap, startEnvoy, type RunningEnvoy } from "../envoy/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { compileDocuments } from "./support/compile.ts";
import { send, type HttpRequest } from "./support/http-client.ts";

const clusters = ["shop/one:80", "shop/two:80", "shop/three:80"] as const;
const [one, two, three] = clusters;
const backendRef = (cluster: string): object => ({ name: /\/(.*):/.exec(cluster)?.[1], port: 80 });

const documents = [
  {
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "Bundle",
    metadata: { name: "choice" },
    spec: { backends: Object.fromEntries(clusters.map((name) => [name, "http://127.0.0.1:9000"])) },
  },
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "all", namespace: "shop" },
    spec: {
      rules: [
        { matches: [{ path: { value: "/two" } }], backendRefs: [backendRef(two)] },
        {
          matches: [{ path: { value: "/split" } }],
          backendRefs: clusters.map((name) => ({ ...backendRef(name), weight: 1 })),
        },
        {
          // A route of Envoy's own, chosen by `x-tollgate-rule`.
          matches: [{ path: { value: "/tried" } }],
          retry: { codes: [503], attempts: 1, backoff: "5ms" },
          backendRefs: [backendRef(three)],
        },
        { backendRefs: [backendRef(one)] },
      ],
    },
  },
  {
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "HeaderRoutePolicy",
    metadata: { name: "canary", namespace: "shop" },
    spec: { rules: [{ matches: [{ headers: [{ name: "x-canary", value: "1" }] }], backend: three }] },
  },
];

/** Has Envoy look for the request's route, and keep it. */
const lookup = {
  name: "lookup",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
    default_source_code: { inline_string: "function envoy_on_request(h) h:streamInfo():routeName() end" },
  },
};

const servers: http.Server[] = [];
let program: Program;
let envoy: RunningEnvoy | undefined;
let directory: string;

beforeAll(async () => {
  const assembler = new Assembler();
  const compiled = await compileDocuments(documents, assembler);
  await assembler.close();
  program = compiled.program;
  directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-test-"));
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return;
  const upstreams = new Map<string, { upstream: URL }>();
  for (const name of clusters) upstreams.set(name, { upstream: await startNamed(name) });
  const wasmPath = path.join(directory, "filter.wasm");
  await writeFile(wasmPath, compiled.filter.wasm);
  const { settings = [] } = compiled.filter.manifest.routing ?? {};
  const options = bootstrap({
    listeners: [
      {
        name: "choice",
        port: 0,
        filters: [{ wasmPath, name: "tollgate.choice", vmId: "choice" }],
        routing: { clusters: upstreams, settings, always: true },
      },
    ],
  });
  envoy = await startEnvoy({
    envoy: envoyPath,
    directory,
    bootstrap: withFirstFilter(options, lookup),
    concurrency: 2,
  });
}, 120_000);

afterAll(async () => {
  await envoy?.stop();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  await rm(directory, { recursive: true, force: true });
});

/** A service that answers with a name. */
async function startNamed(name: string): Promise<URL> {
  const server = http.createServer((request, response) => {
    request.resume();
    response.end(name);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function withFirstFilter(options: object, filter: object): object {
  let placed = 0;
  const changed: unknown = JSON.parse(JSON.stringify(options), (key, value: unknown) => {
    if (key !== "http_filters" || !Array.isArray(value)) return value;
    placed++;
    return [filter, ...(value as unknown[])];
  });
  expect(placed).toBe(1);
  return changed as object;
}

const requests: fc.Arbitrary<HttpRequest> = fc
  .record({
    path: fc.constantFrom("/", "/two", "/two/x?y", "/split", "/tried", "/other"),
    canary: fc.constantFrom("1", "0"),
    forged: fc.array(
      fc.tuple(
        fc.constantFrom("x-tollgate-cluster", "x-tollgate-rule", "X-Tollgate-Cluster"),
        fc.constantFrom(...clusters, "choice.upstream", ""),
      ),
      { maxLength: 3 },
    ),
    id: fc.uuid(),
  })
  .map(({ path: asked, canary, forged, id }) => ({
    method: "GET",
    path: asked,
    headers: [["host", "shop.test"], ["x-canary", canary], ["x-request-id", id], ...forged],
  }));

function chosen({ method, path: asked, headers }: HttpRequest): string | undefined {
  const seen = {
    headers: [
      [":method", method],
      [":path", asked],
      [":authority", "shop.test"],
      [":scheme", "http"],
      ...headers.map(([name, value]) => [name.toLowerCase(), value] as const),
    ] as const,
  };
  const decision = interpret(program, seen, 0n, new LimitState());
  const changes = decision.kind === "forward" ? decision.request : [];
  return changes.flatMap((change) =>
    change.op === "set" && change.name === "x-tollgate-cluster" ? [change.value] : [],
  )[0];
}

test("every request goes where the filter sends it", async () => {
  if (!envoy) return;
  const port = envoy.ports.get("choice") ?? 0;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const answer = await send(port, request, agent);
      expect({ request, status: answer.status, reached: answer.body }).toEqual({
        request,
        status: 200,
        reached: chosen(request),
      });
      reached.add(answer.body);
    }),
    { numRuns: 300, seed: 20261, endOnFailure: true },
  );
  agent.destroy();
  expect([...reached].sort()).toEqual([...clusters].sort());
}, 120_000);
