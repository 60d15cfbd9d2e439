// What every context of a filter has: the filter's own object, which Proxy-Wasm calls the root context, and those of
// HTTP streams and TCP connections.
import { ANSWER, keep, succeeded } from "./abi/answer";
import {
  proxy_done,
  proxy_grpc_call,
  proxy_grpc_stream,
  proxy_http_call,
  proxy_set_effective_context,
} from "./abi/env";
import { GrpcStatus, Status } from "./abi/numbers";
import { textPointer, textSize } from "./abi/text";
import { Body } from "./body";
import { Bytes } from "./bytes";
import { remember } from "./callouts";
import { contextOf } from "./filter";
import { grpcService, grpcServiceSize } from "./grpc-service";
import { GrpcStream } from "./grpc-stream";
import { HeaderPairs } from "./header-pairs";
import { Headers } from "./headers";
import { HttpCall } from "./http-call";
import { HttpCallResponse } from "./http-call-response";
import { currentContext, setCurrentContext } from "./current";

/**
 * The base of every context. A filter registers one class (`registerFilter`); an object of it is made for each
 * configuration that the proxy loads, and gets the callbacks of this class that are marked "filter object". It makes the
 * contexts of its streams in `createContext`, or serves them all itself.
 */
export class Context {
  private contextId: u32 = 0;
  private isFilterObject: bool = false;

  /** The proxy's number of this context, of use in logs. 0 until the constructor has returned. */
  get id(): u32 {
    return this.contextId;
  }

  /** @internal For the exported callbacks: says which context this object is. */
  bindContext(id: u32, root: bool): void {
    this.contextId = id;
    this.isFilterObject = root;
  }

  /**
   * Filter object. The VM has started; called once for each plugin that uses it. `configuration` is the VM's.
   * @returns false to refuse to start
   */
  onVmStart(configuration: Bytes): bool {
    return true;
  }

  /**
   * Filter object. The plugin's configuration; valid in this callback only. A `google.protobuf.StringValue` or `BytesValue`
   * arrives as its text or bytes, no configuration as no bytes.
   * @returns false to refuse the configuration: the proxy keeps what it had, or does not start
   */
  onConfigure(configuration: Bytes): bool {
    return true;
  }

  /** Filter object. Asked before `onConfigure` by hosts that check configurations beforehand; Envoy does not. */
  onValidateConfiguration(configuration: Bytes): bool {
    return true;
  }

  /** Filter object. A tick (`setTickPeriod`). Streams can be touched after their `activate()`. */
  onTick(): void {}

  /** Filter object. The shared queue with this token has something to dequeue. */
  onQueueReady(queue: u32): void {}

  /** Filter object. The host's foreign function `functionId` calls back. */
  onForeignFunction(functionId: u32, argument: Body): void {}

  /**
   * Filter object. A stream or connection begins: make its context.
   * @returns null where it needs none: then this object gets its callbacks, and nothing is kept for each stream
   */
  createContext(): Context | null {
    return null;
  }

  /**
   * The end of an `httpCall`: `tag` is the number that the call was made with. Called on the context that made it, with
   * the stream in effect; never when the stream is gone.
   */
  onHttpCallResponse(tag: u32, response: HttpCallResponse): void {}

  /** The metadata at the start of a gRPC answer. */
  onGrpcInitialMetadata(tag: u32, metadata: Headers): void {}

  /** A message of a gRPC answer; for `grpcCall` it is the end, and means success. */
  onGrpcMessage(tag: u32, message: Body): void {}

  /** The metadata at the end of a gRPC answer. */
  onGrpcTrailingMetadata(tag: u32, metadata: Headers): void {}

  /** The end of a gRPC stream, of both its halves, or the failure of a `grpcCall`. `calloutMessage()` tells more. */
  onGrpcClose(tag: u32, status: GrpcStatus): void {}

  /**
   * The stream has ended, or the filter's object is to go away: the last chance to use the host.
   * @returns false where work is left; call `done()` when it is finished
   */
  onDone(): bool {
    return true;
  }

  /** The stream's log entry is due: headers and properties can be read, nothing can be changed. */
  onLog(): void {}

  /** The context is gone. The host shows nothing of it any more. */
  onDelete(): void {}

  /** Tells the proxy that the work for which `onDone` answered false is finished. */
  done(): Status {
    return keep(proxy_done());
  }

  /**
   * Puts this stream in effect: what the host is asked next means this stream. Needed where another context's callback
   * touches it (a tick, a queue); in its own callbacks and at the end of its callouts it is in effect already.
   * @returns false where the stream is gone
   */
  activate(): bool {
    if (!succeeded(proxy_set_effective_context(this.contextId))) return false;
    setCurrentContext(this.contextId);
    return true;
  }

  /**
   * Sends an HTTP request to a cluster; `onHttpCallResponse` gets `tag` and the response. While a stream waits for it, its
   * callback answers `StopAllIterationAndWatermark`.
   * @returns `BadArgument` where the cluster is unknown, or a header is broken
   */
  httpCall(call: HttpCall, tag: u32 = 0): Status {
    if (call.headers.broken || call.trailers.broken) return keep(Status.BadArgument);
    const cluster = textPointer(call.cluster);
    const clusterSize = textSize();
    const body = textPointer(call.content);
    const bodySize = textSize();
    const headers = call.headers.serialize();
    const trailers = call.trailers.serialize();
    const status = keep(
      proxy_http_call(
        cluster,
        clusterSize,
        headers,
        call.headers.serializedSize,
        body,
        bodySize,
        trailers,
        call.trailers.serializedSize,
        call.timeoutMilliseconds,
        ANSWER,
      ),
    );
    if (status == Status.Ok) remember(load<u32>(ANSWER), this.calloutOwner(), tag, true);
    return status;
  }

  /**
   * Sends a unary gRPC request. `cluster` is the name of an HTTP/2 cluster.
   * `onGrpcMessage` gets `tag` and the answer, or `onGrpcClose` the failure.
   * @returns `InternalFailure` where the cluster is unknown
   */
  grpcCall<M>(
    cluster: string,
    serviceName: string,
    method: string,
    message: M,
    timeoutMilliseconds: u32,
    tag: u32 = 0,
    metadata: HeaderPairs | null = null,
  ): Status {
    if (metadata && metadata.broken) return keep(Status.BadArgument);
    const serviceAt = grpcService(cluster);
    const serviceSize = grpcServiceSize();
    const nameAt = textPointer(serviceName);
    const nameSize = textSize();
    const methodAt = textPointer(method);
    const methodSize = textSize();
    const messageAt = textPointer(message);
    const messageSize = textSize();
    const pairs = metadata ? metadata.serialize() : 0;
    const pairsSize = metadata ? metadata.serializedSize : 0;
    const status = keep(
      proxy_grpc_call(
        serviceAt,
        serviceSize,
        nameAt,
        nameSize,
        methodAt,
        methodSize,
        pairs,
        pairsSize,
        messageAt,
        messageSize,
        timeoutMilliseconds,
        ANSWER,
      ),
    );
    if (status == Status.Ok) remember(load<u32>(ANSWER), this.calloutOwner(), tag, true);
    return status;
  }

  /**
   * Opens a gRPC stream, whatever its kind: send messages on what this returns, and hear of answers in the gRPC callbacks.
   * It is cancelled when the stream whose context opened it is gone; one that the filter's object opens outlives streams,
   * also where a stream's callback made it do so. A server that is away shows later, in `onGrpcClose`.
   * @returns null where it could not be opened: `lastStatus()` says why
   */
  grpcStream(
    cluster: string,
    serviceName: string,
    method: string,
    tag: u32 = 0,
    metadata: HeaderPairs | null = null,
  ): GrpcStream | null {
    if (metadata && metadata.broken) {
      keep(Status.BadArgument);
      return null;
    }
    const serviceAt = grpcService(cluster);
    const serviceSize = grpcServiceSize();
    const nameAt = textPointer(serviceName);
    const nameSize = textSize();
    const methodAt = textPointer(method);
    const methodSize = textSize();
    const pairs = metadata ? metadata.serialize() : 0;
    const pairsSize = metadata ? metadata.serializedSize : 0;
    const opened = succeeded(
      proxy_grpc_stream(
        serviceAt,
        serviceSize,
        nameAt,
        nameSize,
        methodAt,
        methodSize,
        pairs,
        pairsSize,
        ANSWER,
      ),
    );
    if (!opened) return null;
    const token = load<u32>(ANSWER);
    remember(token, this.calloutOwner(), tag, false);
    return new GrpcStream(token);
  }

  /**
   * Whose callout it is: this object's, whichever context is in effect; where the filter object serves the streams, too,
   * that of the stream in effect.
   */
  private calloutOwner(): u32 {
    const current = currentContext();
    return this.isFilterObject && contextOf(current) === this ? current : this.contextId;
  }
}
