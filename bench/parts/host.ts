// What a request costs in the Node host with the compiled example: the guest's own work and the host's.
import { HeaderMap, propertyPath, type StreamProperties } from "../../host/index.ts";
import {
  describeCalls,
  hostMethod,
  measureInHost,
  totalCalls,
  type Measured,
  type Subject,
} from "../host/measure.ts";
import { compileModules, limitsNote, type Modules } from "../modules.ts";
import type { Options } from "../options.ts";
import { medianAndQuartiles, medianAndRange, none } from "../report/format.ts";
import type { Goal, Report, Row } from "../report/report.ts";
import { pairedDifferences, summarize } from "../report/statistics.ts";

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

const properties: StreamProperties = new Map([
  [propertyPath("filter_state", "tollgate.direct_remote_address"), "127.0.0.1"],
]);

/** Of the module that the subject runs, where one was compiled from policies: the most host calls of a request. */
type HostSubject = Subject & { readonly mostCalls?: number | undefined };

function subjects(modules: Modules): readonly HostSubject[] {
  const subject = (name: string, module: keyof Modules, request: HeaderMap, status: number): HostSubject => {
    const { wasm, manifest } = modules[module];
    return { name, wasm, request, properties, status, mostCalls: manifest?.hostCalls.total };
  };
  return [
    { name: "no filter", request: bare, status: 0 },
    subject("empty filter", "empty", bare, 0),
    subject("shop: browse", "shop-raised", bare, 0),
    subject("shop: beta tester", "shop-raised", changed({ cookie: "a=1; beta=1" }), 0),
    subject("shop: denied", "shop-raised", changed({ ":method": "DELETE" }), 403),
    subject("shop: limited", "shop-exhausted", bare, 429),
  ];
}

function changed(headers: Readonly<Record<string, string>>): HeaderMap {
  const copy = bare.clone();
  for (const [name, value] of Object.entries(headers)) copy.set(name, value);
  return copy;
}

export async function measureHost(options: Options): Promise<Report> {
  const all = subjects(await compileModules());
  const measured = measureInHost("host", all, options);
  const of = (name: string): readonly number[] =>
    measured.find(({ subject }) => subject.name === name)?.nanoseconds ?? [];
  const added = (name: string): number[] => pairedDifferences(of(name), of("no filter"));
  const empty = summarize(added("empty filter")).median;
  const row = ({ subject, nanoseconds, hostCalls }: Measured, i: number): Row => {
    const over = summarize(added(subject.name));
    const filtered = subject.wasm !== undefined;
    return {
      cells: [
        subject.name,
        medianAndRange(summarize(nanoseconds), 0),
        filtered ? medianAndQuartiles(over, 0) : none,
        filtered ? (over.median / empty).toFixed(2) : none,
        filtered ? String(totalCalls(hostCalls)) : none,
        describeCalls(hostCalls) || none,
      ],
      ...callsGoal(all[i]?.mostCalls, totalCalls(hostCalls)),
    };
  };
  return {
    title: "host: one request in the Node host",
    columns: ["request", "ns: median (min–max)", "over no filter", "× empty", "host calls", "which"],
    rows: measured.map(row),
    notes: [hostMethod(options), `${limitsNote} \`limited\` meets a limit that is used up.`],
    raw: Object.fromEntries(
      measured.map(({ subject, nanoseconds, hostCalls }) => [
        subject.name,
        { nanoseconds, hostCalls: Object.fromEntries(hostCalls) },
      ]),
    ),
  };
}

function callsGoal(most: number | undefined, counted: number): { goals?: Goal[] } {
  return most === undefined
    ? {}
    : { goals: [{ text: `≤ ${most} host calls (manifest)`, met: counted <= most }] };
}
