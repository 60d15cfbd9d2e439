// Linear memory in the Node host, Node's own, and time, while a filter sees very many requests.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { HeaderMap, type HttpStream, type Vm } from "../../host/index.ts";
import { goals } from "../goals.ts";
import type { Options } from "../options.ts";
import { grouped, kib, mib } from "../report/format.ts";
import { progress } from "../report/progress.ts";

/** So often memory is looked at after the warm-up. */
const steps = 10;
/** As many as Envoy has under load. */
export const streamsAtATime = 100;
/** So often the process listens to signals. */
const requestsAtATime = 100_000;

export interface Look {
  /** Of one request since the look before, all that the host and the loop do included. */
  readonly nanoseconds: number;
  /** The filter's linear memory, bytes. */
  readonly linear: number;
  /** What Node holds once its garbage is collected, bytes: objects, and buffers beside the heap. */
  readonly node: number;
  /** Resident bytes of this process: with garbage, and with what Node has not given back. */
  readonly rss: number;
}

/** After the warm-up, and after each tenth of the requests. */
export interface Course {
  readonly warm: Look;
  readonly after: readonly Look[];
}

/** How many requests lie between two looks, and in all of them behind the warm-up's. */
export function extent({ memoryRequests }: Options): { readonly step: number; readonly requests: number } {
  const step = Math.ceil((memoryRequests ?? goals.nodeRequests) / steps);
  return { step, requests: step * steps };
}

/** Whether flatness can be told after so many requests. */
export function isEnough(requests: number): boolean {
  return requests >= goals.nodeRequests;
}

/**
 * Sends requests, each the one with its number; every one must be let through. `step`: see `extent`; `onLook`: called at each
 * look, for what there is to see beside.
 */
export async function follow(
  name: string,
  vm: Vm,
  step: number,
  requestOf: (number: number) => HeaderMap,
  onLook?: () => void,
): Promise<Course> {
  const load = new Load(vm, requestOf);
  let sent = 0;
  const look = async (): Promise<Look> => {
    const started = performance.now();
    for (let left = step; left > 0; left -= requestsAtATime) {
      load.send(Math.min(left, requestsAtATime));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const nanoseconds = ((performance.now() - started) / step) * 1e6;
    sent += step;
    onLook?.();
    const { rss } = process.memoryUsage();
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    const memory = { nanoseconds, linear: vm.memoryBytes, node: heapUsed + external, rss };
    progress(
      `memory: ${name}: ${kib(memory.linear)} linear, ${mib(memory.node)} MiB held, ${nanoseconds.toFixed(0)} ns a request after ${grouped(sent)} requests`,
    );
    return memory;
  };
  const warm = await look();
  const after: Look[] = [];
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
  readonly #requestOf: (number: number) => HeaderMap;
  readonly #response = new HeaderMap([
    [":status", "200"],
    ["content-type", "text/plain"],
  ]);
  #next = 0;

  constructor(vm: Vm, requestOf: (number: number) => HeaderMap) {
    this.#vm = vm;
    this.#requestOf = requestOf;
  }

  send(requests: number): void {
    for (let i = 0; i < requests; i++) {
      const number = this.#next++;
      const place = number % streamsAtATime;
      this.#end(this.#open[place]);
      const stream = this.#vm.openStream();
      this.#open[place] = stream;
      if (stream.requestHeaders(this.#requestOf(number), true).kind !== "continue")
        throw new Error(`a request was not let through${this.#vm.failed ? ": the filter trapped" : ""}`);
    }
  }

  #end(stream: HttpStream | undefined): void {
    if (stream === undefined) return;
    stream.responseHeaders(this.#response.clone(), true);
    stream.close();
  }
}
