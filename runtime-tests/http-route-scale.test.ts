// Ten thousand routes decide as ten do: as many host calls, a filter of bounded size, and each request goes where its route says.
import { afterAll, expect, test } from "@jest/globals";
import { Module } from "../compiler/7-package/web-assembly.ts";
import { Assembler } from "../compiler/index.ts";
import { interpret, LimitState, type Request } from "../compiler/ir/interpret.ts";
import { FilterModule, HeaderMap, Vm } from "../host/index.ts";
import { compileDocuments, type CompiledPolicies } from "./support/compile.ts";

const assembler = new Assembler();
afterAll(() => assembler.close());

const MANY = 10_000;
/** Rules of one HTTPRoute, as many as the standard allows. */
const RULES = 16;

const clusterOf = (route: number): string => `shop/service-${route}:8080`;
const pathOf = (route: number): string => `/service-${route}/orders`;
const hostOf = (route: number): string => `h${Math.floor(route / RULES) % 100}.test`;

/** So many routes, each to a backend of its own; some change a header. */
function compiled(routes: number): Promise<CompiledPolicies> {
  const all = Array.from({ length: routes }, (_, i) => i);
  const documents = all
    .filter((i) => i % RULES === 0)
    .map((first) => ({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: `route-${first}`, namespace: "shop" },
      spec: {
        hostnames: [hostOf(first)],
        rules: all.slice(first, first + RULES).map((i) => ({
          matches: [{ path: { value: `/service-${i}` } }],
          ...(i % 7 === 0 && {
            filters: [
              {
                type: "RequestHeaderModifier",
                requestHeaderModifier: { set: [{ name: "x-route", value: `route ${i}` }] },
              },
            ],
          }),
          backendRefs: [{ name: `service-${i}`, port: 8080 }],
        })),
      },
    }));
  const backends = Object.fromEntries(all.map((i) => [clusterOf(i), "http://127.0.0.1:9000"]));
  const bundle = {
    apiVersion: "tollgate.dev/v1alpha1",
    kind: "Bundle",
    metadata: { name: "many" },
    spec: { backends },
  };
  return compileDocuments([bundle, ...documents], assembler);
}

function requestFor(route: number, path = pathOf(route)): Request {
  return {
    headers: [
      [":method", "GET"],
      [":path", path],
      [":authority", hostOf(route)],
      [":scheme", "http"],
      ["x-tollgate-cluster", "forged"],
    ],
  };
}

/** The cluster that a filter chooses, and the host calls that it takes. */
function decide(vm: Vm, request: Request): { cluster: string | undefined; calls: Record<string, number> } {
  vm.resetHostCalls();
  const headers = new HeaderMap(request.headers);
  const stream = vm.openStream();
  const { kind } = stream.requestHeaders(headers, true);
  stream.close();
  return {
    cluster: kind === "continue" ? headers.get("x-tollgate-cluster") : undefined,
    calls: Object.fromEntries(vm.hostCalls),
  };
}

test("10,000 routes cost what 10 cost", async () => {
  const few = await compiled(10);
  const many = await compiled(MANY);
  // Engines skip the note, which lists every backend.
  const module = new Module(many.filter.wasm);
  const [note] = Module.customSections(module, "tollgate");
  expect(many.filter.wasm.byteLength - (note?.byteLength ?? 0)).toBeLessThan(1024 * 1024);
  expect(many.filter.manifest.hostCalls).toEqual(few.filter.manifest.hostCalls);
  const vmOfFew = Vm.start(FilterModule.compile(few.filter.wasm));
  const vm = Vm.start(FilterModule.compile(many.filter.wasm));
  for (const route of [0, 1, 7, 15, 16, 4_999, 5_003, 9_996, 9_999]) {
    const small = decide(vmOfFew, requestFor(route % 7 === 0 ? 7 : 1));
    const large = decide(vm, requestFor(route));
    expect({ route, ...large }).toEqual({ route, cluster: clusterOf(route), calls: small.calls });
    const other = decide(vm, requestFor(route, `/service-${route}x`));
    expect({ route, ...other }).toMatchObject({ route, cluster: undefined });
  }
  for (let route = 0; route < MANY; route += 97) {
    const request = requestFor(route, route % 2 === 0 ? pathOf(route) : pathOf(route + 1));
    const wanted = interpret(many.program, request, 0n, new LimitState());
    const changes = wanted.kind === "forward" ? wanted.request : [];
    const cluster = changes.flatMap((change) =>
      change.op === "set" && change.name === "x-tollgate-cluster" ? [change.value] : [],
    )[0];
    expect({ route, cluster: decide(vm, request).cluster }).toEqual({ route, cluster });
  }
  expect(vm.failed).toBe(false);
}, 180_000);
