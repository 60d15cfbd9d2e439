// A flood of keys, each another `x-user`, in the Node host: neither memory nor time may follow their number.
import { SharedState, type HeaderMap } from "../../host/index.ts";
import { extent, follow, isEnough, streamsAtATime, type Course } from "../host/follow.ts";
import { compiledModule } from "../measured-modules.ts";
import type { Options } from "../options.ts";
import { grouped, kib, mib } from "../report/format.ts";
import type { Goal, Report, Row } from "../report/report.ts";
import { requestHeaders, startVm } from "../workloads/in-host.ts";
import { limitPolicy, type LimitOptions } from "./policies.ts";
import { leasedByHour, stingy } from "./rate.ts";
import { request } from "./sides.ts";

/** The last tenth of the requests may take so many times what the tenth behind the warm-up took. */
const SLOWEST = 1.2;

/** What a request takes is missing for so long that no key is forgotten for having been given all back. */
const limits: Readonly<Record<string, LimitOptions>> = {
  "ours, worker": { scope: "worker", rate: stingy },
  "ours, proxy": { scope: "proxy", rate: stingy },
  "ours, proxy, leased": { scope: "proxy", rate: leasedByHour },
};

interface Flood extends Course {
  /** Bytes of shared data, keys and values, after each look. */
  readonly shared: readonly number[];
}

export async function followFlood(options: Options): Promise<Report> {
  const { step, requests } = extent(options);
  const raw: Record<string, Flood> = {};
  const rows: Row[] = [];
  for (const [name, limit] of Object.entries(limits)) {
    const { wasm } = await compiledModule(`flood-${name.replaceAll(", ", "-")}`, () => limitPolicy(limit));
    const shared = new SharedState();
    const sizes: number[] = [];
    const requestOf = (number: number): HeaderMap => {
      const headers = requestHeaders(request);
      headers.set("x-user", `user-${number}`);
      return headers;
    };
    const vm = startVm(wasm, { shared });
    const course = await follow(name, vm, step, requestOf, () => sizes.push(sharedBytes(shared)));
    raw[name] = { ...course, shared: sizes };
    rows.push(row(name, raw[name], requests));
  }
  return {
    title: "limits: a flood of keys, in the host",
    columns: [
      ...[
        "filter",
        `ns a request: the first ${grouped(step)}`,
        "the next",
        `the last of ${grouped(requests)}`,
      ],
      ...["linear memory: warm", "after", "shared data: warm", "after", "held by Node, MiB: warm", "after"],
    ],
    rows,
    notes: [
      `Each request has another \`x-user\`, of whom 100,000 are remembered (\`maxKeys\`). ${streamsAtATime} streams open at a time. Warm: after the first ${grouped(step)} requests. Times have the host's own in them, and the making of the request.`,
    ],
    raw,
  };
}

function sharedBytes(shared: SharedState): number {
  let bytes = 0;
  for (const [key, { value }] of shared.dataOf("")) bytes += key.length + value.byteLength;
  return bytes;
}

function row(name: string, { warm, after, shared }: Flood, requests: number): Row {
  const first = after[0] ?? warm;
  const last = after.at(-1) ?? warm;
  const [sharedWarm = 0] = shared;
  const sharedLast = shared.at(-1) ?? 0;
  const slower = last.nanoseconds / first.nanoseconds;
  const judged = (text: string, met: boolean): Goal => ({ text, met: isEnough(requests) ? met : undefined });
  return {
    cells: [
      name,
      ...[warm, first, last].map((look) => look.nanoseconds.toFixed(0)),
      ...[warm.linear, last.linear, sharedWarm, sharedLast].map(kib),
      ...[mib(warm.node), mib(last.node)],
    ],
    goals: [
      judged("memory as it was", last.linear === warm.linear && sharedLast === sharedWarm),
      judged(`time ≤ ${SLOWEST} × (${slower.toFixed(2)})`, slower <= SLOWEST),
    ],
  };
}
