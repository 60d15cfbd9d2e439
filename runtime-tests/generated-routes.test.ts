// The routes behind a filter that chooses clusters, in the host and in a real Envoy: the cluster that the filter names, mirrors,
// timeouts and tries by headers, none of which clients can write or upstreams see.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { bootstrap, startEnvoy, type Routing } from "../envoy/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { until } from "../filters/testing/index.ts";
import { FilterModule, startProxy, Vm } from "../host/index.ts";
import { pairs, send, type HttpAnswer } from "./support/http-client.ts";
import { probeModule } from "./traces/module.ts";

interface Service {
  readonly url: URL;
  /** What came, in order. */
  readonly seen: { readonly url: string; readonly headers: Map<string, string>; readonly body: string }[];
  close(): Promise<void>;
}

/** Answers as `answer` says, which is told how many requests came before. */
async function service(answer: (before: number, response: http.ServerResponse) => void): Promise<Service> {
  const seen: Service["seen"] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      answer(
        seen.push({ url: request.url ?? "", headers: new Map(pairs(request.rawHeaders)), body }) - 1,
        response,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const answers = {
  main: (_: number, response: http.ServerResponse) => response.end("main"),
  one: (_: number, response: http.ServerResponse) => response.end("one"),
  mirror: (_: number, response: http.ServerResponse) => response.writeHead(500).end("mirror"),
  /** Two refusals, then an answer. */
  flaky: (before: number, response: http.ServerResponse) =>
    before % 3 < 2 ? response.writeHead(503).end("not yet") : response.end("flaky"),
  /** Hangs up once, then answers. */
  broken: (before: number, response: http.ServerResponse) =>
    before % 2 === 0 ? response.destroy() : response.end("broken"),
  silent: () => undefined,
};

type Name = keyof typeof answers;

const services = new Map<Name, Service>();
const at = (name: Name): Service => {
  const found = services.get(name);
  if (!found) throw new Error(name);
  return found;
};

interface Running {
  readonly port: number;
  close(): Promise<void>;
}

let started: Map<string, { readonly some: Running; readonly always: Running }>;
let away: URL;

beforeAll(async () => {
  for (const name of Object.keys(answers) as Name[]) services.set(name, await service(answers[name]));
  const gone = await service(() => undefined);
  away = gone.url;
  await gone.close();
  const wasm = await probeModule();
  const envoy = await envoyForTests();
  const both = async (start: typeof startHost): Promise<{ some: Running; always: Running }> => ({
    some: await start(wasm, false),
    always: await start(wasm, true),
  });
  started = new Map([["host", await both(startHost)]]);
  if (envoy !== undefined)
    started.set("Envoy", await both((wasm, always) => startInEnvoy(envoy, wasm, always)));
});

afterAll(async () => {
  for (const { some, always } of started.values()) {
    await some.close();
    await always.close();
  }
  for (const one of services.values()) await one.close();
});

beforeEach(() => {
  for (const { seen } of services.values()) seen.length = 0;
});

function routing(always: boolean): Routing {
  const names = (Object.keys(answers) as Name[]).filter((name) => name !== "main");
  return {
    clusters: new Map([
      ...names.map((name) => [name, { upstream: at(name).url }] as const),
      ["away", { upstream: away }],
    ]),
    settings: [
      { id: "all", mirrors: [{ cluster: "mirror", numerator: 1, denominator: 1 }] },
      { id: "third", mirrors: [{ cluster: "mirror", numerator: 1, denominator: 3 }] },
      { id: "none", mirrors: [{ cluster: "mirror", numerator: 0, denominator: 1 }] },
      { id: "away", mirrors: [{ cluster: "away", numerator: 1, denominator: 1 }] },
      { id: "patient", mirrors: [], retryBackoffMs: 1 },
    ],
    always,
  };
}

async function startHost(wasm: Uint8Array, always: boolean): Promise<Running> {
  const module = FilterModule.compile(wasm);
  const { clusters, ...others } = routing(always);
  return startProxy({
    port: 0,
    ...(!always && { upstream: at("main").url }),
    filter: () => Vm.start(module),
    revealDetails: true,
    routing: { ...others, clusters: new Map([...clusters].map(([name, { upstream }]) => [name, upstream])) },
  });
}

async function startInEnvoy(envoyPath: string, wasm: Uint8Array, always: boolean): Promise<Running> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-test-"));
  const wasmPath = path.join(directory, "probe.wasm");
  await writeFile(wasmPath, wasm);
  const upstream = always ? {} : { upstream: at("main").url };
  const filters = [{ wasmPath, name: "probe", vmId: "probe" }];
  const envoy = await startEnvoy({
    envoy: envoyPath,
    directory,
    concurrency: 1,
    logLevel: "error",
    bootstrap: bootstrap({
      listeners: [
        { name: "main", port: 0, ...upstream, filters, routing: routing(always), revealDetails: true },
      ],
    }),
  });
  return {
    port: envoy.ports.get("main") ?? 0,
    close: async () => {
      await envoy.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

type Headers = Readonly<Record<string, string>>;

/** A request whose filter sets `chosen`; what becomes of it, with the response-code details of what the proxy says itself. */
async function ask(
  port: number,
  chosen: Headers,
  { sent = {}, method = "GET" }: { sent?: Headers; method?: string } = {},
): Promise<HttpAnswer & { readonly details: string | undefined }> {
  const sets = Object.entries(chosen).map(([name, value]) => `replace_header_map_value 0 '${name} '${value}`);
  const answer = await send(port, {
    method,
    path: "/path?query",
    headers: [
      ["host", "a.test"],
      ["x-program", `on_request_headers: ${sets.join("; ")}`],
      ...Object.entries(sent),
    ],
  });
  return { ...answer, details: answer.headers.find(([name]) => name === "x-tollgate-details")?.[1] };
}

/** Runs in each engine; both must do the same. */
function inBoth(
  name: string,
  body: (engine: { readonly some: number; readonly always: number }) => Promise<void>,
): void {
  test.each(["host", "Envoy"])(`${name}, in %s`, async (engine) => {
    const running = started.get(engine);
    if (running) await body({ some: running.some.port, always: running.always.port });
  });
}

const CLUSTER = "x-tollgate-cluster";
const RULE = "x-tollgate-rule";
const internal = /^x-tollgate-|^x-envoy-/;
const internalOf = ({ headers }: Service["seen"][number]): string[] =>
  [...headers.keys()].filter((name) => internal.test(name));

inBoth(
  "a request goes to the cluster that the filter names, which the service does not see",
  async ({ some }) => {
    expect(await ask(some, { [CLUSTER]: "one" })).toMatchObject({ status: 200, body: "one" });
    expect(at("one").seen.map(internalOf)).toEqual([[]]);
    expect(at("one").seen[0]?.headers.get("host")).toBe("a.test");
  },
);

inBoth("where it names none, to the upstream", async ({ some, always }) => {
  expect(await ask(some, {})).toMatchObject({ status: 200, body: "main" });
  expect(await ask(always, {})).toMatchObject({ status: 404, details: "route_not_found" });
});

inBoth("a cluster that is not there is answered 503", async ({ some, always }) => {
  for (const port of [some, always])
    expect(await ask(port, { [CLUSTER]: "nowhere" })).toMatchObject({
      status: 503,
      details: "cluster_not_found",
    });
  expect(await ask(some, { [RULE]: "all" })).toMatchObject({ status: 503, details: "cluster_not_found" });
});

inBoth("no client names one", async ({ some, always }) => {
  for (const [name, value] of [
    [CLUSTER, "one"],
    [RULE, "all"],
    ["X-Tollgate-Cluster", "one"],
  ] as const) {
    expect(await ask(some, {}, { sent: { [name]: value } })).toMatchObject({ body: "main" });
    expect(await ask(always, {}, { sent: { [name]: value } })).toMatchObject({ status: 404 });
  }
  expect(at("main").seen.map(internalOf)).toEqual([[], [], []]);
  expect(await ask(some, { [CLUSTER]: "one" }, { sent: { [CLUSTER]: "mirror" } })).toMatchObject({
    body: "one",
  });
});

inBoth("a mirror gets the same request, and what it answers is nobody's concern", async ({ some }) => {
  const answer = await ask(some, { [CLUSTER]: "one", [RULE]: "all" });
  expect(answer).toMatchObject({ status: 200, body: "one" });
  await until(
    () => at("mirror").seen.length === 1,
    () => "no copy",
  );
  const [copy] = at("mirror").seen;
  const [request] = at("one").seen;
  expect(request && internalOf(request)).toEqual([]);
  // Envoy says of copies that they come from itself.
  for (const name of ["x-envoy-internal", "x-forwarded-for"]) copy?.headers.delete(name);
  expect({ ...copy, headers: new Map([...(copy?.headers ?? [])].sort()) }).toEqual({
    ...request,
    headers: new Map([...(request?.headers ?? [])].sort()),
  });
});

inBoth("a mirror gets its share", async ({ some }) => {
  const REQUESTS = 600;
  for (let i = 0; i < REQUESTS; i++) await ask(some, { [CLUSTER]: "one", [RULE]: "third" });
  expect((await ask(some, { [CLUSTER]: "one", [RULE]: "none" })).body).toBe("one");
  await until(
    () => at("mirror").seen.length > REQUESTS / 4,
    () => `${at("mirror").seen.length} copies`,
  );
  // Five standard deviations.
  expect(Math.abs(at("mirror").seen.length - REQUESTS / 3)).toBeLessThan(5 * Math.sqrt((REQUESTS * 2) / 9));
});

inBoth("a mirror that is away harms nobody", async ({ some }) => {
  expect(await ask(some, { [CLUSTER]: "one", [RULE]: "away" })).toMatchObject({ status: 200, body: "one" });
});

inBoth("an unknown rule is none", async ({ some }) => {
  expect(await ask(some, { [CLUSTER]: "one", [RULE]: "unheard-of" })).toMatchObject({ body: "one" });
  expect(at("one").seen.map(internalOf)).toEqual([[]]);
});

inBoth("a service that does not answer in time: 504", async ({ some }) => {
  const asked = { [CLUSTER]: "silent", "x-envoy-upstream-rq-timeout-ms": "100" };
  expect(await ask(some, asked)).toMatchObject({
    status: 504,
    body: "upstream request timeout",
    details: "response_timeout",
  });
  expect(at("silent").seen.map(internalOf)).toEqual([[]]);
});

inBoth("a try that takes too long is followed by others, as many as may be", async ({ some }) => {
  const asked = {
    [CLUSTER]: "silent",
    "x-envoy-upstream-rq-per-try-timeout-ms": "50",
    "x-envoy-retry-on": "connect-failure,refused-stream,reset",
    "x-envoy-max-retries": "2",
  };
  expect(await ask(some, asked)).toMatchObject({ status: 504, details: "upstream_per_try_timeout" });
  expect(at("silent").seen.map(internalOf)).toEqual([[], [], []]);
});

inBoth("no timeout is one of 0", async ({ some }) => {
  const asked = { [CLUSTER]: "one", "x-envoy-upstream-rq-timeout-ms": "0" };
  expect(await ask(some, asked)).toMatchObject({ status: 200, body: "one" });
});

const RETRIES = {
  "x-envoy-retry-on": "connect-failure,refused-stream,reset,retriable-status-codes",
  "x-envoy-retriable-status-codes": "503,504",
};

inBoth("answers that are worth another try get one", async ({ some }) => {
  const asked = { [CLUSTER]: "flaky", ...RETRIES };
  expect(await ask(some, { ...asked, "x-envoy-max-retries": "2", [RULE]: "patient" })).toMatchObject({
    status: 200,
    body: "flaky",
  });
  expect(at("flaky").seen.map(internalOf)).toEqual([[], [], []]);
  // One, where nobody says how many.
  expect(await ask(some, asked)).toMatchObject({ status: 503, body: "not yet" });
  expect(at("flaky").seen).toHaveLength(5);
});

inBoth("others do not", async ({ some }) => {
  const asked = { [CLUSTER]: "flaky", ...RETRIES, "x-envoy-retriable-status-codes": "502" };
  expect(await ask(some, asked)).toMatchObject({ status: 503, body: "not yet" });
  expect(at("flaky").seen).toHaveLength(1);
});

inBoth("a service that hangs up gets another try", async ({ some }) => {
  const asked = { [CLUSTER]: "broken", "x-envoy-retry-on": "connect-failure,refused-stream,reset" };
  expect(await ask(some, asked, { method: "POST" })).toMatchObject({ status: 200, body: "broken" });
  expect(at("broken").seen).toHaveLength(2);
});

inBoth("a client's word on timeouts and tries counts for nothing", async ({ some }) => {
  const sent = { ...RETRIES, "x-envoy-max-retries": "5", "x-envoy-upstream-rq-timeout-ms": "1" };
  expect(await ask(some, { [CLUSTER]: "flaky" }, { sent })).toMatchObject({ status: 503, body: "not yet" });
  expect(at("flaky").seen.map(internalOf)).toEqual([[]]);
});
