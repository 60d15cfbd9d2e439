// Linear memory under filters that allocate, in the Node host; and Node's own.
import { goals } from "../goals.ts";
import { extent, follow, isEnough, streamsAtATime, type Course, type Look } from "../host/follow.ts";
import type { Options } from "../options.ts";
import { grouped, kib, mib, signedMib } from "../report/format.ts";
import type { Goal, Report, Row } from "../report/report.ts";
import { peersOf } from "./contest.ts";
import { requestHeaders, startVm } from "./in-host.ts";
import { memoryPrograms, memoryRequest } from "./memory-programs.ts";

export async function followHostMemory(options: Options): Promise<Report> {
  const { step, requests } = extent(options);
  const request = requestHeaders(memoryRequest);
  const raw: Record<string, Course> = {};
  const rows: Row[] = [];
  for (const { program, name } of memoryPrograms) {
    const { wasm } = await peersOf(options).module("sdk", program);
    const course = await follow(name, startVm(wasm), step, () => request.clone());
    raw[name] = course;
    rows.push(row(name, course, requests));
  }
  return {
    title: "sdk: memory in the host",
    columns: [
      ...["filter", `linear memory, warm (${grouped(step)} requests)`, `after ${grouped(requests)} more`],
      ...["held by Node, MiB: warm", "after", "highest above warm", "resident, MiB: warm", "after"],
    ],
    rows,
    notes: [
      `${streamsAtATime} streams open at a time. Looked at after every ${grouped(step)} requests. Held by Node: after a collection of garbage; resident memory has that in it, too.`,
    ],
    raw,
  };
}

function row(name: string, { warm, after }: Course, requests: number): Row {
  const last = after.at(-1) ?? warm;
  const highest = Math.max(...after.map(({ node }) => node)) - warm.node;
  return {
    cells: [
      ...[name, kib(warm.linear), kib(last.linear)],
      ...[mib(warm.node), mib(last.node), signedMib(highest)],
      ...[mib(warm.rss), mib(last.rss)],
    ],
    goals: flatness(warm, last, highest, requests),
  };
}

function flatness(warm: Look, last: Look, highest: number, requests: number): Goal[] {
  const enough = isEnough(requests);
  return [
    { text: "linear memory as it was", met: enough ? last.linear === warm.linear : undefined },
    { text: "Node + ≤ 1 MiB", met: enough ? highest <= goals.nodeBytes : undefined },
  ];
}
