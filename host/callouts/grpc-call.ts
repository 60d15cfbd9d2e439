/** One gRPC call or stream on its way, with the order of events that Envoy's client keeps. */
import { HeaderMap } from "../header-map.ts";
import type { Timers } from "../timers.ts";
import type { GrpcReply, GrpcRequests, GrpcStart, GrpcUpstream } from "./cluster.ts";
import { GrpcStatus, unreachable } from "./grpc-client.ts";

/** What the filter is told, in order; `closed` comes last. */
export interface GrpcEvents {
  metadata(headers: HeaderMap): void;
  message(bytes: Uint8Array): void;
  trailers(headers: HeaderMap): void;
  closed(status: number, message: string): void;
}

/** A stream in both directions. Events come later, never within a call of these methods. */
export class GrpcCall {
  /** The upstream has ended it. */
  remoteClosed = false;
  /** The filter has ended its side with `grpc_close`. */
  localClosed = false;
  private cancelled = false;
  private begun = false;
  private stopTimer: (() => void) | undefined;
  private readonly events: GrpcEvents;
  private readonly requests: GrpcRequests;

  /** Throws where the upstream cannot be asked at all. */
  constructor(upstream: GrpcUpstream, start: GrpcStart, events: GrpcEvents) {
    this.events = events;
    this.requests = upstream.grpc(start, this.reply);
  }

  send(bytes: Uint8Array, end: boolean): void {
    if (!this.remoteClosed && !this.localClosed) this.requests.message(bytes, end);
  }

  close(): void {
    if (!this.remoteClosed && !this.localClosed) this.requests.message(null, true);
    this.localClosed = true;
  }

  /** No event follows. */
  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.stopTimer?.();
    if (!this.remoteClosed) this.requests.cancelled?.();
  }

  /** Ends it after a time as Envoy does a call that takes too long, unless it has ended by then. */
  expireAfter(milliseconds: number, timers: Timers): void {
    if (this.remoteClosed) return;
    this.stopTimer = timers.after(milliseconds, () => {
      unreachable(this.reply, "upstream request timeout", "response_timeout");
      this.requests.cancelled?.();
    });
  }

  private readonly reply: GrpcReply = {
    metadata: (headers) => {
      if (this.begun || this.remoteClosed) return;
      this.begun = true;
      this.later(() => this.events.metadata(headers));
    },
    message: (bytes) => {
      if (this.remoteClosed) return;
      this.reply.metadata(new HeaderMap());
      this.later(() => this.events.message(bytes));
    },
    close: (status, message = "", trailers = new HeaderMap()) => {
      if (this.remoteClosed) return;
      if (status === GrpcStatus.Ok) this.reply.metadata(new HeaderMap());
      this.remoteClosed = true;
      this.stopTimer?.();
      this.later(() => this.events.trailers(trailers));
      this.later(() => this.events.closed(status, message));
    },
  };

  private later(event: () => void): void {
    queueMicrotask(() => {
      if (!this.cancelled) event();
    });
  }
}
