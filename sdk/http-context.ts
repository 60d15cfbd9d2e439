// HTTP streams.
import { ANSWER, keep, succeeded } from "./abi/answer";
import { proxy_close_stream, proxy_continue_stream, proxy_get_property } from "./abi/env";
import { DataAction, HeadersAction, Status, StreamType, TrailersAction } from "./abi/numbers";
import { Body } from "./body";
import { textPointer, textSize } from "./abi/text";
import { Context } from "./context";
import { goOnAfter, isEnding, Phase } from "./current";
import { Headers } from "./headers";
import { requestHeaders, requestTrailers, responseHeaders, responseTrailers } from "./http-headers";
import { isAnswered } from "./local-response";

/**
 * The context of an HTTP stream, or a filter that serves all its streams with one object. Override what you need: the
 * build exports those callbacks and no others, since each costs every request.
 */
export class HttpContext extends Context {
  /**
   * The request's headers outside their callback: at the end of a callout for which they wait, and, to be read only, in
   * `onLog`.
   */
  get requestHeaders(): Headers {
    return requestHeaders;
  }

  /** The response's headers outside their callback; see `requestHeaders`. */
  get responseHeaders(): Headers {
    return responseHeaders;
  }

  /** The request's trailers in `onLog`. */
  get requestTrailers(): Headers {
    return requestTrailers;
  }

  /** The response's trailers in `onLog`. */
  get responseTrailers(): Headers {
    return responseTrailers;
  }

  /** The request's headers have arrived: they can be read and changed here, and nowhere later. */
  onRequestHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    return HeadersAction.Continue;
  }

  /** A piece of the request's body has arrived, or after `StopIterationAndBuffer` all of it so far. */
  onRequestBody(body: Body, endOfStream: bool): DataAction {
    return DataAction.Continue;
  }

  /** The request's trailers have arrived. HTTP/1.1 trailers are dropped unless the listener sets `enable_trailers`. */
  onRequestTrailers(trailers: Headers): TrailersAction {
    return TrailersAction.Continue;
  }

  /** An HTTP/2 METADATA frame of the request has arrived. */
  onRequestMetadata(count: u32): TrailersAction {
    return TrailersAction.Continue;
  }

  /** The response's headers have arrived, from the upstream or from a local response of any filter. */
  onResponseHeaders(headers: Headers, endOfStream: bool): HeadersAction {
    return HeadersAction.Continue;
  }

  /** A piece of the response's body has arrived, or after `StopIterationAndBuffer` all of it so far. */
  onResponseBody(body: Body, endOfStream: bool): DataAction {
    return DataAction.Continue;
  }

  /** The response's trailers have arrived. */
  onResponseTrailers(trailers: Headers): TrailersAction {
    return TrailersAction.Continue;
  }

  /** An HTTP/2 METADATA frame of the response has arrived. */
  onResponseMetadata(count: u32): TrailersAction {
    return TrailersAction.Continue;
  }

  /**
   * Lets a request go on that a callback had stopped. In `onRequestHeaders` it goes on whatever that answers.
   * @returns `BadArgument` where this callback has answered the stream, and in `onDone`, `onLog` and `onDelete`
   */
  continueRequest(): Status {
    // Of a request that was answered the upstream would get the head, and what there is of the body.
    if (isEnding() || isAnswered()) return keep(Status.BadArgument);
    if (goOnAfter(Phase.RequestHeaders)) return keep(Status.Ok);
    return keep(proxy_continue_stream(StreamType.Request));
  }

  /**
   * Lets a response go on that a callback had stopped. In `onResponseHeaders` it goes on whatever that answers.
   * @returns `BadArgument` while there is no response, where this callback has answered the stream, and in `onDone`, `onLog`
   * and `onDelete`
   */
  continueResponse(): Status {
    if (isEnding() || isAnswered()) return keep(Status.BadArgument);
    if (goOnAfter(Phase.ResponseHeaders)) return keep(Status.Ok);
    // Envoy does not live through one that comes before there is a response.
    if (!hasResponse()) return keep(Status.BadArgument);
    return keep(proxy_continue_stream(StreamType.Response));
  }

  /**
   * Resets the stream: the client sees it cut off. Prefer `sendLocalResponse` where an answer can still be given.
   * @returns `BadArgument` in `onDone`, `onLog` and `onDelete`
   */
  resetStream(): Status {
    if (isEnding()) return keep(Status.BadArgument);
    return keep(proxy_close_stream(StreamType.Request));
  }
}

/** Whether the stream in effect has a response: then Envoy knows where it came from. */
function hasResponse(): bool {
  const path = textPointer("response\0code_details");
  return succeeded(proxy_get_property(path, textSize(), ANSWER, ANSWER + 4));
}
