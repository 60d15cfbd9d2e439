// What a request costs in the Node host: the guest's own work and the host's, without any network.
import {
  FilterModule,
  HeaderMap,
  propertyPath,
  renderLocalResponse,
  Vm,
  type StreamProperties,
} from "../../host/index.ts";
import { compileModules, limitsNote, type Module, type Modules } from "../modules.ts";
import type { Options } from "../options.ts";
import { grouped, medianAndQuartiles, medianAndRange, none } from "../report/format.ts";
import { progress } from "../report/progress.ts";
import type { Goal, Report, Row } from "../report/report.ts";
import { pairedDifferences, rotated, summarize } from "../report/statistics.ts";

/** One line of the table: a filter and the requests it gets. */
interface Subject {
  readonly name: string;
  /** Absent: the loop alone. */
  readonly module?: Module;
  readonly request: HeaderMap;
  /** Status of the answer; 0: the request is forwarded. */
  readonly status: number;
}

const bare = new HeaderMap([
  [":authority", "shop.test"],
  [":path", "/"],
  [":method", "GET"],
  [":scheme", "http"],
  ["user-agent", "bench"],
  ["accept", "*/*"],
  ["x-user", "ann"],
  ["x-forwarded-proto", "http"],
  ["x-request-id", "6f1c2b0e-0f6e-4b1c-9a39-0d8f4a3c5e77"],
]);

const upstreamResponse = new HeaderMap([
  [":status", "200"],
  ["content-type", "text/html"],
  ["content-length", "1024"],
  ["date", "Thu, 01 Jan 1970 00:00:00 GMT"],
]);

const peer: StreamProperties = new Map([
  [propertyPath("filter_state", "tollgate.direct_remote_address"), "127.0.0.1"],
]);

function subjects(modules: Modules): readonly Subject[] {
  const raised = modules["shop-raised"];
  return [
    { name: "no filter", request: bare, status: 0 },
    { name: "empty filter", module: modules.empty, request: bare, status: 0 },
    { name: "shop: browse", module: raised, request: bare, status: 0 },
    { name: "shop: beta tester", module: raised, request: changed({ cookie: "a=1; beta=1" }), status: 0 },
    { name: "shop: denied", module: raised, request: changed({ ":method": "DELETE" }), status: 403 },
    { name: "shop: limited", module: modules["shop-exhausted"], request: bare, status: 429 },
  ];
}

function changed(headers: Readonly<Record<string, string>>): HeaderMap {
  const copy = bare.clone();
  for (const [name, value] of Object.entries(headers)) copy.set(name, value);
  return copy;
}

/** Sends requests through the subject's filter; returns how many were answered with its status. */
type Run = (requests: number) => number;

export async function measureHost(options: Options): Promise<Report> {
  const rounds = options.rounds ?? 30;
  const requests = options.requests ?? 20_000;
  const running = subjects(await compileModules()).map((subject) => start(subject));
  for (const { name, run } of running) {
    progress(`host: warming up ${name}`);
    // The first request uses up a limit of one; V8 wants some thousands before it optimizes.
    run(1);
    measureSlice(name, run, Math.max(requests, 1_000));
  }
  const calls = running.map(({ countCalls }) => countCalls());

  const slices = new Map(running.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    if (round % 10 === 0) progress(`host: round ${round + 1} of ${rounds}`);
    for (const { name, run } of rotated(running, round))
      slices.get(name)?.push(measureSlice(name, run, requests));
  }

  const of = (name: string): number[] => slices.get(name) ?? [];
  const base = of("no filter");
  const added = (name: string): number[] => pairedDifferences(of(name), base);
  const empty = summarize(added("empty filter")).median;
  const rows = running.map(({ name, module }, i): Row => {
    const counted = calls[i] ?? new Map<string, number>();
    const over = summarize(added(name));
    const filtered = module !== undefined;
    return {
      cells: [
        name,
        medianAndRange(summarize(of(name)), 0),
        filtered ? medianAndQuartiles(over, 0) : none,
        filtered ? (over.median / empty).toFixed(2) : none,
        filtered ? String(total(counted)) : none,
        describeCalls(counted) || none,
      ],
      ...callsGoal(module, total(counted)),
    };
  });
  return {
    title: "host: one request in the Node host",
    columns: ["request", "ns: median (min–max)", "over no filter", "× empty", "host calls", "which"],
    rows,
    notes: [
      `${rounds} interleaved rounds of ${grouped(requests)} requests each. "Over no filter" is paired by round: median [quartiles].`,
      `${limitsNote} \`limited\` meets a limit that is used up.`,
    ],
    raw: Object.fromEntries(
      running.map(({ name }, i) => [
        name,
        { nanoseconds: of(name), hostCalls: Object.fromEntries(calls[i] ?? []) },
      ]),
    ),
  };
}

interface Running {
  readonly name: string;
  readonly module: Module | undefined;
  readonly run: Run;
  /** Host calls of one request, by name. */
  readonly countCalls: () => Map<string, number>;
}

function start({ name, module, request, status }: Subject): Running {
  if (module === undefined) {
    const run: Run = (requests) => {
      let seen = 0;
      // Looked at, so that V8 cannot leave the copies out.
      for (let i = 0; i < requests; i++) seen += request.clone().size + upstreamResponse.clone().size;
      return seen > 0 ? requests : 0;
    };
    return { name, module, run, countCalls: () => new Map() };
  }
  const vm = Vm.start(FilterModule.compile(module.wasm));
  const run: Run = (requests) => {
    let expected = 0;
    for (let i = 0; i < requests; i++) if (exchange(vm, request) === status) expected++;
    return expected;
  };
  const countCalls = (): Map<string, number> => {
    vm.resetHostCalls();
    run(1);
    return new Map(vm.hostCalls);
  };
  return { name, module, run, countCalls };
}

/** One request and its response, as the host's proxy would send them through the filter; the status, 0 where forwarded. */
function exchange(vm: Vm, request: HeaderMap): number {
  const stream = vm.openStream(peer);
  const headers = request.clone();
  const result = stream.requestHeaders(headers, true);
  let status = -1;
  if (result.kind === "continue") {
    if (stream.responseHeaders(upstreamResponse.clone(), false).kind === "continue") status = 0;
  } else if (result.kind === "local-response") {
    const rendered = renderLocalResponse(result.response, headers);
    if (stream.responseHeaders(rendered.headers, false).kind === "continue") status = result.response.status;
  }
  stream.close();
  return status;
}

/** Nanoseconds per request. */
function measureSlice(name: string, run: Run, requests: number): number {
  const started = process.hrtime.bigint();
  const expected = run(requests);
  const nanoseconds = Number(process.hrtime.bigint() - started) / requests;
  if (expected !== requests) {
    throw new Error(
      `${name}: ${requests - expected} of ${requests} requests had another outcome than wanted`,
    );
  }
  return nanoseconds;
}

function callsGoal(module: Module | undefined, counted: number): { goal?: Goal } {
  const worst = module?.manifest?.hostCalls.total;
  return worst === undefined
    ? {}
    : { goal: { text: `≤ ${worst} host calls (manifest)`, met: counted <= worst } };
}

function describeCalls(calls: ReadonlyMap<string, number>): string {
  const words = [...calls].map(
    ([call, count]) => call.replace("proxy_", "") + (count > 1 ? ` × ${count}` : ""),
  );
  return words.sort().join(", ");
}

function total(calls: ReadonlyMap<string, number>): number {
  return [...calls.values()].reduce((sum, count) => sum + count, 0);
}
