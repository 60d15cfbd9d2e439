// A gRPC stream that a filter opened.
import { keep } from "./abi/answer";
import { proxy_grpc_cancel, proxy_grpc_close, proxy_grpc_send } from "./abi/env";
import { Status } from "./abi/numbers";
import { textPointer, textSize } from "./abi/text";
import { forget } from "./callouts";

/** An open gRPC stream; `Context.grpcStream` makes it. Once it is closed or cancelled its calls answer `NotFound`. */
export class GrpcStream {
  constructor(
    /** The host's number of the stream. */
    readonly token: u32,
  ) {}

  /** Sends a message, serialised protobuf; with `endOfStream` it is the last one. */
  send<M>(message: M, endOfStream: bool = false): Status {
    const pointer = textPointer(message);
    return keep(proxy_grpc_send(this.token, pointer, textSize(), endOfStream ? 1 : 0));
  }

  /** Ends the sending half; answers still arrive. */
  close(): Status {
    return keep(proxy_grpc_close(this.token));
  }

  /** Ends both halves at once; nothing more arrives. */
  cancel(): Status {
    forget(this.token);
    return keep(proxy_grpc_cancel(this.token));
  }
}
