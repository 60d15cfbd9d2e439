// A contest in the Node host: the guest's own work, how often it asks the host, and how large it is.
import {
  describeCalls,
  hostMethod,
  measureInHost,
  totalCalls,
  type Measured,
  type Subject,
} from "../host/measure.ts";
import type { Options } from "../options.ts";
import { kib, medianAndQuartiles, medianAndRange, none } from "../report/format.ts";
import type { Goal, Report, Row } from "../report/report.ts";
import { pairedDifferences, summarize } from "../report/statistics.ts";
import type { Contest, Entrant } from "./contest.ts";
import { requestHeaders, rootId } from "./in-host.ts";

export function measureContestInHost({ workload, entrants, missing }: Contest, options: Options): Report {
  const title = `sdk: ${workload.name}, in the host`;
  const request = requestHeaders(workload.request);
  const subjects: Subject[] = [
    { name: "no filter", request, status: 0 },
    ...entrants.map(({ contestant, module }): Subject => {
      return { name: contestant.name, wasm: module.wasm, options: { rootId }, request, status: 0 };
    }),
  ];
  const measured = measureInHost(title, subjects, options);
  const base = measured[0]?.nanoseconds ?? [];
  return {
    title,
    columns: [
      ...["filter", "ns: median (min–max)", "over no filter", "min − min", "host calls", "which"],
      "wasm bytes",
    ],
    // The first one is no filter.
    rows: measured.map((one, i) => row(one, base, entrants[i - 1])),
    leftOut: missing,
    notes: [hostMethod(options), `${workload.name}: ${workload.about}.`],
    raw: Object.fromEntries(
      measured.map(({ subject, nanoseconds, hostCalls }) => [
        subject.name,
        { nanoseconds, hostCalls: Object.fromEntries(hostCalls) },
      ]),
    ),
  };
}

function row(measured: Measured, base: readonly number[], entrant: Entrant | undefined): Row {
  const { subject, nanoseconds, hostCalls } = measured;
  const own = summarize(nanoseconds);
  if (entrant === undefined)
    return { cells: [subject.name, medianAndRange(own, 0), none, none, none, none, none] };
  const bytes = entrant.module.wasm.byteLength;
  return {
    cells: [
      subject.name,
      medianAndRange(own, 0),
      medianAndQuartiles(summarize(pairedDifferences(nanoseconds, base)), 0),
      (own.min - summarize(base).min).toFixed(0),
      String(totalCalls(hostCalls)),
      describeCalls(hostCalls) || none,
      String(bytes),
    ],
    ...sizeGoal(bytes, entrant.contestant.mostBytes),
  };
}

function sizeGoal(bytes: number, most: number | undefined): { goals?: Goal[] } {
  return most === undefined ? {} : { goals: [{ text: `≤ ${kib(most)}`, met: bytes <= most }] };
}
