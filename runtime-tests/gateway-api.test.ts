// The Gateway API's conformance cases as real requests, through the host and a real Envoy, to backends that say who they are.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Assembler, compile, renderDiagnostics, type PackagedFilter } from "../compiler/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import {
  asBundle,
  conformanceFiles,
  HOST,
  type ConformanceCase,
  type ConformanceFile,
} from "./conformance/gateway-api.ts";
import { envoyEngines, type EnvoyEngines } from "./engines/envoy.ts";
import { hostEngine, type HostEngine } from "./engines/host.ts";
import { startEchoUpstream, type EchoUpstream, type Seen } from "./support/echo-upstream.ts";
import { send, type HttpAnswer } from "./support/http-client.ts";

const files = await conformanceFiles();

const backends = new Map<string, EchoUpstream>();
const hosts = new Map<string, HostEngine>();
let envoy: EnvoyEngines | undefined;

beforeAll(async () => {
  for (const cluster of new Set(files.flatMap(({ clusters }) => clusters)))
    backends.set(cluster, await startEchoUpstream(cluster));
  const upstream = new URL("http://127.0.0.1:1"); // where nothing may go
  const filters = new Map<string, PackagedFilter>();
  const assembler = new Assembler();
  for (const file of files) filters.set(file.name, await compiled(file, assembler));
  await assembler.close();
  for (const [name, filter] of filters) hosts.set(name, await hostEngine(filter, upstream, { routes: true }));
  const envoyPath = await envoyForTests();
  if (envoyPath !== undefined) envoy = await envoyEngines(envoyPath, filters, upstream, { routes: true });
});

afterAll(async () => {
  for (const host of hosts.values()) await host.close();
  await envoy?.close();
  for (const backend of backends.values()) await backend.close();
});

async function compiled(file: ConformanceFile, assembler: Assembler): Promise<PackagedFilter> {
  const text = asBundle(file, (cluster) => backends.get(cluster)?.url.origin ?? "");
  const bundle = { files: [{ path: file.name, shown: file.name, text }], defaultName: file.name };
  const { filters, diagnostics } = await compile(bundle, assembler);
  const [filter] = filters;
  if (!filter) throw new Error(renderDiagnostics(diagnostics));
  return filter;
}

describe.each(files)("$name", ({ name, cases }) => {
  test.each(cases)("$name", async (one) => {
    const ports = [hosts.get(name)?.port ?? 0, ...(envoy ? [envoy.port(name)] : [])];
    for (const port of ports) expectAsSaid(await ask(port, one), one);
  });
});

function ask(port: number, { request }: ConformanceCase): Promise<HttpAnswer> {
  const host = request.headers.some(([name]) => name === "host") ? [] : [["host", HOST] as const];
  return send(port, {
    method: request.method,
    path: request.path,
    headers: [...host, ...request.headers],
  });
}

function expectAsSaid(answer: HttpAnswer, { expect: said }: ConformanceCase): void {
  const field = (name: string): string | undefined => answer.headers.find(([header]) => header === name)?.[1];
  if (said.kind === "answer") return expect(answer.status).toBe(said.status);
  if (said.kind === "redirect") {
    const location = new URL(field("location") ?? "");
    expect({ status: answer.status, host: location.hostname, path: location.pathname }).toEqual({
      status: said.status,
      host: said.host,
      path: said.path,
    });
    return;
  }
  expect(answer.status).toBe(200);
  const seen = JSON.parse(answer.body) as Seen;
  expect({ backend: seen.backend, path: seen.path }).toEqual({ backend: said.cluster, path: said.path });
  const got = new Map<string, string>();
  for (const [header, value] of seen.headers) {
    const before = got.get(header);
    got.set(header, before === undefined ? value : `${before},${value}`);
  }
  for (const [header, value] of Object.entries(said.headers))
    expect([header, got.get(header)?.replace(/, /g, ",")]).toEqual([header, value.replace(/, /g, ",")]);
  for (const header of [...said.absentHeaders, "x-tollgate-cluster", "x-tollgate-rule"])
    expect([header, got.has(header)]).toEqual([header, false]);
}
