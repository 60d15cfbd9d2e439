import type { Metric } from "../metrics.ts";
import type { SharedState } from "../shared-state.ts";
import type { FakeClock } from "./clock.ts";
import { Connection } from "./connection.ts";
import { Exchange, type ExchangeContext } from "./exchange.ts";
import { FakeUpstream, fakeUpstream, type FakeResponse, type FakeScript } from "./fake-upstream.ts";
import type { FieldsInit } from "./fields.ts";
import type { Activity } from "./activity.ts";
import type { LogEntry } from "./logs.ts";
import { piecesOf, requestHeaderMap, responseHeaderMap, type BodyInit, type RequestHead } from "./message.ts";
import { milliseconds } from "./duration.ts";
import { streamProperties, type RequestProperties } from "./properties.ts";
import { settled, watch } from "./settle.ts";
import { SharedData, SharedQueue } from "./shared-data.ts";
import type { Worker } from "./worker.ts";

/** Where a request or a connection comes in. */
export interface StreamOptions {
  /** What the filter can ask about it, besides its headers. */
  properties?: RequestProperties;
  /** Which worker it comes to, counted from 0. Default: 0. */
  worker?: number;
}

/** A whole request. */
export interface RequestInit extends RequestHead, StreamOptions {
  body?: BodyInit;
  trailers?: FieldsInit;
  /** What answers it. Default: the filter's upstream. */
  upstream?: FakeScript | FakeUpstream;
}

/** @internal What a filter is made of. */
export interface FilterParts {
  readonly workers: readonly Worker[];
  readonly clock: FakeClock;
  readonly upstream: FakeUpstream;
  readonly shared: SharedState;
  readonly vmId: string;
  readonly logs: readonly LogEntry[];
  readonly activity: Activity;
}

/** A filter under test: its VMs, and all that can be seen of them from outside. */
export class TestFilter {
  readonly clock: FakeClock;
  /** What answers requests that get through. */
  readonly upstream: FakeUpstream;
  /** All that was logged so far, by the filter or about it. */
  readonly logs: readonly LogEntry[];
  readonly sharedData: SharedData;
  /** Each with its VM: memory, host calls, failure. */
  readonly workers: readonly Worker[];
  private readonly shared: SharedState;
  private readonly vmId: string;
  private readonly activity: Activity;
  private readonly unwatch: () => void;
  private connections = 0;

  /** @internal */
  constructor(parts: FilterParts) {
    this.clock = parts.clock;
    this.upstream = parts.upstream;
    this.logs = parts.logs;
    this.workers = parts.workers;
    this.shared = parts.shared;
    this.vmId = parts.vmId;
    this.activity = parts.activity;
    this.sharedData = new SharedData(parts.shared, parts.vmId);
    this.unwatch = watch(() =>
      this.activity.busy(this.workers.reduce((sum, worker) => sum + worker.callouts, 0)),
    );
  }

  /** Every metric by name, over all workers. */
  get metrics(): ReadonlyMap<string, Metric> {
    return this.shared.metrics.byName;
  }

  /**
   * Sends a whole request and resolves when nothing more happens by itself: the exchange is over, or waits for time to
   * pass or for an upstream that says nothing. What it resolves to stays up to date.
   */
  async request(request: RequestInit = {}): Promise<Exchange> {
    const exchange = this.open(request, () => void this.askUpstream(exchange, request.upstream));
    const pieces = piecesOf(request.body);
    const { trailers } = request;
    exchange.sendRequest(
      requestHeaderMap(request, request.body),
      pieces.length === 0 && trailers === undefined,
    );
    pieces.forEach((piece, i) =>
      exchange.requestBody(piece, i === pieces.length - 1 && trailers === undefined ? "end" : undefined),
    );
    if (trailers !== undefined) exchange.requestTrailers(trailers);
    await settled();
    return exchange;
  }

  /** Opens a stream whose phases the test goes through itself; the upstream is the test, too. */
  stream(options: StreamOptions = {}): Exchange {
    return this.open(options);
  }

  /** Connects over TCP: `on_new_connection` has run. */
  connection({ properties = {}, worker = 0 }: StreamOptions = {}): Connection {
    const given = streamProperties(properties, ++this.connections);
    return new Connection(this.worker(worker).slot.openConnection(given));
  }

  /**
   * A queue that the filter has registered, of its own `vm_id` or of another.
   * @throws Error where nobody has.
   */
  queue(name: string, vmId: string = this.vmId): SharedQueue {
    return new SharedQueue(this.shared, vmId, name);
  }

  /** Resolves when nothing more happens by itself, after something that is not awaited: a phase, an item in a queue. */
  settled(): Promise<void> {
    return settled();
  }

  /** Ends every VM: `on_done`, `on_delete`. */
  async close(): Promise<void> {
    for (const { slot } of this.workers) slot.close();
    await settled();
    this.unwatch();
  }

  private worker(index: number): Worker {
    const worker = this.workers[index];
    if (worker === undefined)
      throw new RangeError(`there is no worker ${index}: the filter has ${this.workers.length}`);
    return worker;
  }

  private open(
    { properties = {}, worker: index = 0 }: StreamOptions,
    onRequestSent?: ExchangeContext["onRequestSent"],
  ): Exchange {
    const worker = this.worker(index);
    const lease = worker.slot.open(streamProperties(properties, ++this.connections));
    const { vm } = worker;
    return new Exchange({
      lease,
      failure: () => vm.failure,
      now: this.clock.now,
      ...(onRequestSent && { onRequestSent }),
    });
  }

  private async askUpstream(exchange: Exchange, script: RequestInit["upstream"]): Promise<void> {
    const given = script instanceof FakeUpstream || script === undefined ? script : fakeUpstream(script);
    const upstream = given ?? this.upstream;
    const { upstream: sent } = exchange;
    if (sent === undefined) return;
    const message = { headers: sent.map, body: sent.bytes, trailers: sent.trailerMap };
    const answer = await this.activity.during(() => upstream.ask(message));
    if (answer === "nothing") return;
    if (answer === "reset") return exchange.upstreamReset();
    const delay = milliseconds(answer.delay ?? 0);
    if (delay === 0) sendAnswer(exchange, answer);
    else this.clock.after(delay, () => sendAnswer(exchange, answer));
  }
}

function sendAnswer(exchange: Exchange, answer: FakeResponse): void {
  const pieces = piecesOf(answer.body);
  const { trailers } = answer;
  const only = pieces.length === 0 && trailers === undefined;
  exchange.sendResponse(responseHeaderMap(answer, answer.body), only);
  pieces.forEach((piece, i) =>
    exchange.responseBody(piece, i === pieces.length - 1 && trailers === undefined ? "end" : undefined),
  );
  if (trailers !== undefined) exchange.responseTrailers(trailers);
}
