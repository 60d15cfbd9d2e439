// What a request costs in the Node host, without any network: one stream opened, two header phases, closed.
import {
  FilterModule,
  HeaderMap,
  renderLocalResponse,
  Vm,
  type StreamProperties,
  type VmOptions,
} from "../../host/index.ts";
import type { Options } from "../options.ts";
import { grouped } from "../report/format.ts";
import { progress } from "../report/progress.ts";
import { rotated } from "../report/statistics.ts";

/** A filter and the requests it gets. */
export interface Subject {
  readonly name: string;
  /** Absent: the loop alone. */
  readonly wasm?: Uint8Array;
  readonly options?: VmOptions;
  readonly request: HeaderMap;
  /** Default: none. */
  readonly properties?: StreamProperties;
  /** Status of the answer; 0: the request is forwarded. */
  readonly status: number;
}

export interface Measured {
  readonly subject: Subject;
  /** Of one request, round by round. */
  readonly nanoseconds: readonly number[];
  /** Host calls of one request, by name. */
  readonly hostCalls: ReadonlyMap<string, number>;
}

const upstreamResponse = new HeaderMap([
  [":status", "200"],
  ["content-type", "text/html"],
  ["content-length", "1024"],
  ["date", "Thu, 01 Jan 1970 00:00:00 GMT"],
]);

/** Measures the subjects in turn, in interleaved rounds. `title` tells whose progress it is. */
export function measureInHost(title: string, subjects: readonly Subject[], options: Options): Measured[] {
  const { rounds, requests } = extent(options);
  const running = subjects.map((subject) => start(subject));
  for (const { subject, run } of running) {
    progress(`${title}: warming up ${subject.name}`);
    // The first request uses up a limit of one; V8 wants some thousands before it optimizes.
    run(1);
    measureSlice(subject, run, Math.max(requests, 1_000));
  }
  const hostCalls = running.map(({ countCalls }) => countCalls());
  const slices = running.map(({ subject, run }) => ({ subject, run, nanoseconds: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    if (round % 10 === 0) progress(`${title}: round ${round + 1} of ${rounds}`);
    for (const { subject, run, nanoseconds } of rotated(slices, round))
      nanoseconds.push(measureSlice(subject, run, requests));
  }
  return slices.map(({ subject, nanoseconds }, i) => ({
    subject,
    nanoseconds,
    hostCalls: hostCalls[i] ?? new Map<string, never>(),
  }));
}

/** How it was measured, for the line under the table. */
export function hostMethod(options: Options): string {
  const { rounds, requests } = extent(options);
  return `${rounds} interleaved rounds of ${grouped(requests)} requests each. "Over no filter" is paired by round: median [quartiles].`;
}

/** `get_header_map_pairs, replace_header_map_value × 2`. */
export function describeCalls(calls: ReadonlyMap<string, number>): string {
  const words = [...calls].map(
    ([call, count]) => call.replace("proxy_", "") + (count > 1 ? ` × ${count}` : ""),
  );
  return words.sort().join(", ");
}

export function totalCalls(calls: ReadonlyMap<string, number>): number {
  return [...calls.values()].reduce((sum, count) => sum + count, 0);
}

/** One request and its response, as the host's proxy would send them through the filter; the status, 0 where forwarded. */
export function exchange(vm: Vm, request: HeaderMap, properties: StreamProperties | null): number {
  const stream = vm.openStream(properties);
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

function extent({ rounds = 30, requests = 20_000 }: Options): { rounds: number; requests: number } {
  return { rounds, requests };
}

/** Sends requests through the subject's filter; returns how many were answered with its status. */
type Run = (requests: number) => number;

interface Running {
  readonly subject: Subject;
  readonly run: Run;
  readonly countCalls: () => ReadonlyMap<string, number>;
}

function start(subject: Subject): Running {
  const { wasm, options, request, properties = null, status } = subject;
  if (wasm === undefined) {
    const run: Run = (requests) => {
      let seen = 0;
      // Looked at, so that V8 cannot leave the copies out.
      for (let i = 0; i < requests; i++) seen += request.clone().size + upstreamResponse.clone().size;
      return seen > 0 ? requests : 0;
    };
    return { subject, run, countCalls: () => new Map() };
  }
  const vm = Vm.start(FilterModule.compile(wasm), options);
  const run: Run = (requests) => {
    let expected = 0;
    for (let i = 0; i < requests; i++) if (exchange(vm, request, properties) === status) expected++;
    return expected;
  };
  const countCalls = (): ReadonlyMap<string, number> => {
    vm.resetHostCalls();
    run(1);
    return new Map(vm.hostCalls);
  };
  return { subject, run, countCalls };
}

/** Nanoseconds per request. */
function measureSlice({ name }: Subject, run: Run, requests: number): number {
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
