// How an HTTP callout ended.
import { Buffer, HeaderMap } from "./abi/numbers";
import { Body } from "./body";
import { Headers } from "./headers";

/** The response to an `httpCall`; valid in `onHttpCallResponse` only. */
export class HttpCallResponse {
  /** The response's headers; `:status` among them. */
  readonly headers: Headers = new Headers(HeaderMap.HttpCallHeaders);
  /** The response's body, whole. */
  readonly body: Body = new Body(Buffer.HttpCallBody);
  /** The response's trailers. */
  readonly trailers: Headers = new Headers(HeaderMap.HttpCallTrailers);
  private headerCount: u32 = 0;
  private trailerCount: u32 = 0;

  /** @internal For the exported callback: what has arrived. */
  announce(headers: u32, body: u32, trailers: u32): void {
    this.headerCount = headers;
    this.body.announce(body);
    this.trailerCount = trailers;
  }

  /**
   * Whether no whole response came: the connection broke. An upstream that cannot be reached is a response of 503 and a
   * timeout one of 504, both made by the proxy. `calloutMessage()` tells more.
   */
  get failed(): bool {
    return this.headerCount == 0;
  }

  /** The HTTP status; 0 where there is none. */
  get status(): u32 {
    if (this.headerCount == 0) return 0;
    const status = this.headers.get(":status");
    return status === null ? 0 : <u32>status.toInteger(0);
  }

  /** Whether there are trailers. */
  get hasTrailers(): bool {
    return this.trailerCount > 0;
  }
}
