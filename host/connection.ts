import { BodyBuffer } from "./body-buffer.ts";
import { concatBytes, NO_BYTES } from "./bytes.ts";
import type { GuestFunction, Machine } from "./machine.ts";
import type { StreamContext } from "./stream-context.ts";
import type { UpstreamAddress } from "./stream-info.ts";

/**
 * What a filter decided about a piece of a TCP connection.
 * - `continue`: send on `data`: what was held back, then the piece, as the filter left them.
 * - `pause`: it is held back; the next piece is shown together with it.
 * - `close`: the filter closed the connection: send what is under way to the client, then close.
 * - `failed`: the VM trapped, now or earlier; close.
 */
export type ConnectionResult =
  | { readonly kind: "continue"; readonly data: Uint8Array }
  | { readonly kind: "pause" }
  | { readonly kind: "close" }
  | { readonly kind: "failed" };

/** Told what other callbacks (a timer, a callout) decide about a connection. */
export interface ConnectionListener {
  /** The client's side goes on with what was held back of it; `end`: the client will send no more. */
  continued(data: Uint8Array, end: boolean): void;
  ended(result: Extract<ConnectionResult, { kind: "close" | "failed" }>): void;
}

/** Who closed a connection. */
export const Peer = { Unknown: 0, Local: 1, Remote: 2 } as const;
export type Peer = (typeof Peer)[keyof typeof Peer];

const PAUSE: ConnectionResult = Object.freeze({ kind: "pause" });
const CLOSE: ConnectionResult & { kind: "close" } = Object.freeze({ kind: "close" });
const FAILED: ConnectionResult & { kind: "failed" } = Object.freeze({ kind: "failed" });

/**
 * One TCP connection going through a filter: a network filter's context. Call `newConnection` first and
 * `downstreamClosed` last; the pieces of both directions in between, as they come.
 */
export class TcpConnection {
  /** Set to hear what happens to the connection between its callbacks. */
  listener: ConnectionListener | undefined = undefined;

  private readonly machine: Machine;
  private readonly context: StreamContext;
  private readonly downstream = new BodyBuffer();
  private readonly upstream = new BodyBuffer();
  private downstreamEnded = false;
  private closed = false;
  /** Whether the filter has yet to let the client through: what it sends waits unseen. */
  private waiting = false;

  /** @internal */
  constructor(machine: Machine, context: StreamContext) {
    this.machine = machine;
    this.context = context;
    context.tcp = { downstream: null, upstream: null, continueReading: false, close: false };
    context.owner = this;
  }

  /** The upstream that the client is let through to, where it is known. */
  reaching(upstream: UpstreamAddress | undefined): void {
    this.context.info.upstream = upstream;
  }

  /** The client has connected. With `pause` the upstream should not be connected to yet. */
  newConnection(): ConnectionResult {
    const result = this.run("proxy_on_new_connection", null, undefined, undefined);
    this.waiting = result.kind === "pause";
    return result;
  }

  /** What the client sent; `end`: it will send no more. */
  downstreamData(piece: Uint8Array, end: boolean): ConnectionResult {
    const { downstream, context } = this;
    this.downstreamEnded = end;
    downstream.bytes = concatBytes(downstream.bytes, piece);
    if (this.waiting) return this.ended() ?? PAUSE;
    if (context.tcp !== null) context.tcp.downstream = downstream;
    return this.run("proxy_on_downstream_data", downstream, downstream.bytes.length, end ? 1 : 0);
  }

  /** What the upstream sent. Its end is told as `on_upstream_connection_close`, too. */
  upstreamData(piece: Uint8Array, end: boolean): ConnectionResult {
    const { upstream, context } = this;
    upstream.bytes = concatBytes(upstream.bytes, piece);
    if (context.tcp !== null) context.tcp.upstream = upstream;
    const result = this.run("proxy_on_upstream_data", upstream, upstream.bytes.length, end ? 1 : 0);
    if (end) this.tell("proxy_on_upstream_connection_close", Peer.Unknown);
    return result;
  }

  /** The client's connection is closed: `on_downstream_connection_close`, `on_done`, `on_log`, `on_delete`. */
  downstreamClosed(by: Peer): void {
    if (this.closed) return;
    this.closed = true;
    this.tell("proxy_on_downstream_connection_close", by);
    for (const name of ["proxy_on_done", "proxy_on_log", "proxy_on_delete"]) this.tell(name);
    this.machine.streams.delete(this.context.id);
  }

  private tell(name: string, argument?: number): void {
    const { machine, context } = this;
    const callback = machine.callback(name);
    if (callback !== undefined && machine.failure === null)
      machine.run(context, callback, context.id, argument);
  }

  private run(name: string, buffer: BodyBuffer | null, size?: number, end?: number): ConnectionResult {
    const { machine, context } = this;
    const callback: GuestFunction | undefined = machine.callback(name);
    const callable = callback !== undefined && machine.failure === null;
    const action = callable ? machine.run(context, callback, context.id, size, end) : 0;
    const ended = this.ended();
    if (ended !== undefined) return ended;
    const { tcp } = context;
    // Only what the client sends can be continued otherwise than by the next piece.
    const continued = buffer !== this.upstream && tcp?.continueReading === true;
    if (continued) tcp.continueReading = false;
    if (action !== 0 && !continued) return PAUSE;
    if (tcp !== null && buffer === this.downstream) tcp.downstream = null;
    if (tcp !== null && buffer === this.upstream) tcp.upstream = null;
    return { kind: "continue", data: buffer?.take() ?? NO_BYTES };
  }

  private ended(): typeof CLOSE | typeof FAILED | undefined {
    if (this.machine.failure !== null) return FAILED;
    return this.context.tcp?.close === true ? CLOSE : undefined;
  }

  /** @internal Another context's callback asked something of this connection. */
  deliver(): void {
    if (this.closed) return;
    const { context } = this;
    const ended = this.ended();
    if (ended !== undefined) return this.listener?.ended(ended);
    if (context.tcp?.continueReading !== true) return;
    context.tcp.continueReading = false;
    if (!this.waiting) return this.listener?.continued(this.downstream.take(), this.downstreamEnded);
    this.waiting = false;
    this.listener?.continued(NO_BYTES, false);
    if (this.downstream.bytes.length === 0 && !this.downstreamEnded) return;
    const result = this.downstreamData(NO_BYTES, this.downstreamEnded);
    if (result.kind === "continue") this.listener?.continued(result.data, this.downstreamEnded);
    else if (result.kind !== "pause") this.listener?.ended(result);
  }
}
