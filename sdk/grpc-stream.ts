// A gRPC stream that a filter opened.
import { keep } from "./abi/answer";
import { proxy_grpc_close, proxy_grpc_send } from "./abi/env";
import { Status } from "./abi/numbers";
import { textPointer, textSize } from "./abi/text";
import { calloutOf, giveUp } from "./callouts";

/** A gRPC stream; `Context.grpcStream` makes it. Once it has ended, by whomever, its calls answer `NotFound`. */
export class GrpcStream {
  constructor(
    /** The host's number of the stream. */
    readonly token: u32,
  ) {}

  /** Whether answers can still arrive. */
  get open(): bool {
    return calloutOf(this.token) !== null;
  }

  /**
   * Sends a message, serialised protobuf; with `endOfStream` it is the last one. `Ok` means that the proxy took it: it keeps
   * what the server is too slow for, without a bound.
   */
  send<M>(message: M, endOfStream: bool = false): Status {
    if (!this.open) return keep(Status.NotFound);
    const pointer = textPointer(message);
    return keep(proxy_grpc_send(this.token, pointer, textSize(), endOfStream ? 1 : 0));
  }

  /** Ends the sending half; answers still arrive. */
  close(): Status {
    if (!this.open) return keep(Status.NotFound);
    return keep(proxy_grpc_close(this.token));
  }

  /** Ends both halves at once; nothing more arrives. */
  cancel(): Status {
    if (!this.open) return keep(Status.NotFound);
    return keep(giveUp(this.token, false));
  }
}
