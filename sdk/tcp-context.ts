// TCP connections.
import { keep } from "./abi/answer";
import { proxy_close_stream, proxy_continue_stream } from "./abi/env";
import { NetworkAction, PeerType, Status, StreamType } from "./abi/numbers";
import { Body } from "./body";
import { Context } from "./context";

/** The context of a TCP connection, or a network filter that serves all its connections with one object. */
export class TcpContext extends Context {
  /**
   * A client has connected. A filter that stops here sees none of its data until it calls `continueDownstream`, since Envoy's
   * TCP proxy keeps the connection from being read before it has seen it; to wait for data, continue here and stop there.
   */
  onNewConnection(): NetworkAction {
    return NetworkAction.Continue;
  }

  /** The client has sent data, or, with `endOfStream`, will send no more. */
  onDownstreamData(data: Body, endOfStream: bool): NetworkAction {
    return NetworkAction.Continue;
  }

  /** The upstream has sent data, or, with `endOfStream`, will send no more. */
  onUpstreamData(data: Body, endOfStream: bool): NetworkAction {
    return NetworkAction.Continue;
  }

  /** The client's side is closed; `peer` says by whom. */
  onDownstreamClose(peer: PeerType): void {}

  /** The upstream's side is closed; `peer` says by whom. */
  onUpstreamClose(peer: PeerType): void {}

  /** Lets data from the client go on that a callback had stopped. */
  continueDownstream(): Status {
    return keep(proxy_continue_stream(StreamType.Downstream));
  }

  /** Lets data from the upstream go on that a callback had stopped. Envoy cannot: it answers `Unimplemented`. */
  continueUpstream(): Status {
    return keep(proxy_continue_stream(StreamType.Upstream));
  }

  /** Closes the client's connection. */
  closeDownstream(): Status {
    return keep(proxy_close_stream(StreamType.Downstream));
  }

  /** Closes the upstream's connection. */
  closeUpstream(): Status {
    return keep(proxy_close_stream(StreamType.Upstream));
  }
}
