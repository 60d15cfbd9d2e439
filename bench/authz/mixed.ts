// Rules that ask for five things each, in the host and in Envoy: what a request costs must not follow their number.
import { propertyPath, type StreamProperties } from "../../host/index.ts";
import { DIRECT_REMOTE_ADDRESS } from "../../envoy/index.ts";
import type { Check, Suite, Variant } from "../envoy/suite.ts";
import { describeCalls, hostMethod, measureInHost, totalCalls, type Subject } from "../host/measure.ts";
import type { LoadRequest } from "../load/load.ts";
import { compiledModule, type CompiledModule } from "../measured-modules.ts";
import type { Options } from "../options.ts";
import { grouped, medianAndQuartiles, medianAndRange, none } from "../report/format.ts";
import type { Report } from "../report/report.ts";
import { pairedDifferences, summarize } from "../report/statistics.ts";
import { requestHeaders } from "../workloads/in-host.ts";
import { mixedPolicy, mixedRule } from "./policies.ts";
import { hit, ruleCounts } from "./prefixes.ts";

const about =
  "Each rule asks for an address block, a method, a host, a header and a path's prefix, all of them together; the load meets the one four fifths down the list.";

/** What a filter in the host is told of the connection. */
export const properties: StreamProperties = new Map([
  [propertyPath("filter_state", DIRECT_REMOTE_ADDRESS), "127.0.0.1"],
]);

const nameOf = (count: number): string => `${grouped(count)} rules`;

function mixedModule(count: number): Promise<CompiledModule> {
  return compiledModule(`mixed-${count}`, () => mixedPolicy(count));
}

/** Meets the rule with this number, all of it but for the address, which is always the loopback's. */
export function requestOf(count: number, i = hit(count)): LoadRequest {
  const { host, tenant, path } = mixedRule(i, count);
  return { authority: host, path: `${path}items`, headers: { "x-tenant": tenant } };
}

export async function measureMixedInHost(options: Options): Promise<Report> {
  const title = "authz: mixed rules, in the host";
  const modules = await Promise.all(ruleCounts.map(mixedModule));
  const subjects = modules.map(({ wasm }, i): Subject => {
    const count = ruleCounts[i] ?? 0;
    return { name: nameOf(count), wasm, request: requestHeaders(requestOf(count)), properties, status: 0 };
  });
  const nothing: Subject = { name: "no filter", request: requestHeaders(requestOf(100)), status: 0 };
  const measured = measureInHost(title, [nothing, ...subjects], options);
  const base = measured[0]?.nanoseconds ?? [];
  return {
    title,
    columns: ["filter", "ns: median (min–max)", "over no filter", "host calls", "which", "wasm bytes"],
    rows: measured.map(({ subject, nanoseconds, hostCalls }) => ({
      cells: [
        subject.name,
        medianAndRange(summarize(nanoseconds), 0),
        ...(subject.wasm === undefined
          ? [none, none, none, none]
          : [
              medianAndQuartiles(summarize(pairedDifferences(nanoseconds, base)), 0),
              String(totalCalls(hostCalls)),
              describeCalls(hostCalls),
              String(subject.wasm.byteLength),
            ]),
      ],
    })),
    notes: [hostMethod(options), about],
    raw: Object.fromEntries(
      measured.map(({ subject, nanoseconds, hostCalls }) => [
        subject.name,
        { nanoseconds, hostCalls: Object.fromEntries(hostCalls) },
      ]),
    ),
  };
}

export async function mixedSuite(): Promise<Suite> {
  const variants: Variant[] = [];
  for (const count of ruleCounts) {
    const module = await mixedModule(count);
    const request = requestOf(count);
    variants.push({
      name: nameOf(count),
      wasmPaths: [module.path],
      filters: ({ peerAddress, wasm }) => [peerAddress, ...wasm],
      request,
      checks: checksOf(count, request),
      ...(count === ruleCounts.at(-1) && { goals: [{ atMost: 1.3, of: nameOf(ruleCounts[0]) }] }),
    });
  }
  return {
    title: "authz: mixed rules, in Envoy",
    request: requestOf(100),
    echoes: {},
    baseline: "set_filter_state",
    times: [nameOf(ruleCounts[0])],
    variants: [
      {
        name: "set_filter_state",
        filters: ({ peerAddress }) => [peerAddress],
        checks: [{ status: 200 }, { method: "DELETE", path: "/x", status: 200 }],
      },
      ...variants,
    ],
    legend:
      "Variants: `set_filter_state`: the listener with the filter that tells the Wasm filters the direct peer's address; the others: and a filter compiled from so many rules.",
    notes: [about],
  };
}

/** What a filter of so many rules does. */
export function checksOf(count: number, { path }: LoadRequest): Check[] {
  const byAddress = requestOf(count, 0);
  return [
    { status: 200 },
    { path: path.replace("items", ""), status: 200 },
    { method: "POST", status: 403 },
    { path: byAddress.path, status: 403 },
    { headers: { host: "other.bench.test" }, status: 403 },
    { headers: { "x-tenant": "t0" }, status: 403 },
    { headers: { "x-tenant": null }, status: 403 },
    // All that the first rule wants, from elsewhere.
    { path: byAddress.path, headers: { host: byAddress.authority, ...byAddress.headers }, status: 403 },
  ];
}
