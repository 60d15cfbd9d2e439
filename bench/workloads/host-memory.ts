// Linear memory under filters that allocate, in the Node host; and Node's own.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { HeaderMap, type HttpStream, type Vm } from "../../host/index.ts";
import { goals } from "../goals.ts";
import type { Options } from "../options.ts";
import { grouped, kib, mib, signedMib } from "../report/format.ts";
import { progress } from "../report/progress.ts";
import type { Goal, Report, Row } from "../report/report.ts";
import { peersOf } from "./contest.ts";
import { requestHeaders, startVm } from "./in-host.ts";
import { memoryPrograms, memoryRequest } from "./memory-programs.ts";

const steps = 10;
/** As many as Envoy has under load. */
const streamsAtATime = 100;
/** So often the process listens to signals. */
const requestsAtATime = 100_000;

interface Memory {
  /** The filter's linear memory, bytes. */
  readonly linear: number;
  /** What Node holds once its garbage is collected, bytes: objects, and buffers beside the heap. */
  readonly node: number;
  /** Resident bytes of this process: with garbage, and with what Node has not given back. */
  readonly rss: number;
}

/** After the warm-up, and after each tenth of the requests. */
interface Course {
  readonly warm: Memory;
  readonly after: readonly Memory[];
}

export async function followHostMemory(options: Options): Promise<Report> {
  const requests = options.memoryRequests ?? goals.nodeRequests;
  const step = Math.ceil(requests / steps);
  const raw: Record<string, Course> = {};
  const rows: Row[] = [];
  for (const { program, name } of memoryPrograms) {
    const { wasm } = await peersOf(options).module("sdk", program);
    const course = await follow(name, startVm(wasm), step);
    raw[name] = course;
    rows.push(row(name, course, step));
  }
  return {
    title: "sdk: memory in the host",
    columns: [
      ...["filter", `linear memory, warm (${grouped(step)} requests)`, `after ${grouped(step * steps)} more`],
      ...["held by Node, MiB: warm", "after", "highest above warm", "resident, MiB: warm", "after"],
    ],
    rows,
    notes: [
      `${streamsAtATime} streams open at a time. Looked at after every ${grouped(step)} requests. Held by Node: after a collection of garbage; resident memory has that in it, too.`,
    ],
    raw,
  };
}

async function follow(name: string, vm: Vm, step: number): Promise<Course> {
  const load = new Load(vm);
  let sent = 0;
  const look = async (): Promise<Memory> => {
    for (let left = step; left > 0; left -= requestsAtATime) {
      load.send(Math.min(left, requestsAtATime));
      await new Promise((resolve) => setImmediate(resolve));
    }
    sent += step;
    const { rss } = process.memoryUsage();
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    const memory = { linear: vm.memoryBytes, node: heapUsed + external, rss };
    progress(
      `memory: ${name}: ${kib(memory.linear)} linear, ${mib(memory.node)} MiB held after ${grouped(sent)} requests`,
    );
    return memory;
  };
  const warm = await look();
  const after: Memory[] = [];
  for (let i = 0; i < steps; i++) after.push(await look());
  return { warm, after };
}

let gc: (() => void) | undefined;

/** Collects Node's garbage, of which it otherwise keeps as much as it likes. */
function collectGarbage(): void {
  if (gc === undefined) {
    setFlagsFromString("--expose-gc");
    gc = runInNewContext("gc") as () => void;
  }
  gc();
}

/** Streams that overlap: each ends when a hundred others have begun. */
class Load {
  readonly #vm: Vm;
  readonly #open: (HttpStream | undefined)[] = new Array<HttpStream | undefined>(streamsAtATime).fill(
    undefined,
  );
  readonly #request = requestHeaders(memoryRequest);
  readonly #response = new HeaderMap([
    [":status", "200"],
    ["content-type", "text/plain"],
  ]);
  #next = 0;

  constructor(vm: Vm) {
    this.#vm = vm;
  }

  send(requests: number): void {
    for (let i = 0; i < requests; i++) {
      const place = this.#next++ % streamsAtATime;
      this.#end(this.#open[place]);
      const stream = this.#vm.openStream();
      this.#open[place] = stream;
      if (stream.requestHeaders(this.#request.clone(), true).kind !== "continue")
        throw new Error(`a request was not let through${this.#vm.failed ? ": the filter trapped" : ""}`);
    }
  }

  #end(stream: HttpStream | undefined): void {
    if (stream === undefined) return;
    stream.responseHeaders(this.#response.clone(), true);
    stream.close();
  }
}

function row(name: string, { warm, after }: Course, step: number): Row {
  const last = after.at(-1) ?? warm;
  const highest = Math.max(...after.map(({ node }) => node)) - warm.node;
  return {
    cells: [
      ...[name, kib(warm.linear), kib(last.linear)],
      ...[mib(warm.node), mib(last.node), signedMib(highest)],
      ...[mib(warm.rss), mib(last.rss)],
    ],
    goals: flatness(warm, last, highest, step * steps),
  };
}

function flatness(warm: Memory, last: Memory, highest: number, requests: number): Goal[] {
  const enough = requests >= goals.nodeRequests;
  return [
    { text: "linear memory as it was", met: enough ? last.linear === warm.linear : undefined },
    { text: "Node + ≤ 1 MiB", met: enough ? highest <= goals.nodeBytes : undefined },
  ];
}
