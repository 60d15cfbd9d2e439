/** What has become of a request so far, as the two sides of the filter saw it. */
import { HeaderMap } from "../header-map.ts";
import { Fields } from "./fields.ts";
import { Transcript } from "./transcript.ts";

class SeenMessage {
  /** As they were when they went on; pseudo headers first. */
  readonly headers: Fields;
  /** @internal */
  readonly transcript = new Transcript();
  /** @internal */
  readonly map: HeaderMap;
  /** @internal */
  trailerMap = new HeaderMap();

  constructor(headers: HeaderMap) {
    this.map = headers;
    this.headers = new Fields(headers);
  }

  /** The body so far, as text. */
  get body(): string {
    return this.transcript.text;
  }

  /** The body so far. */
  get bytes(): Uint8Array {
    return this.transcript.bytes;
  }

  get trailers(): Fields {
    return new Fields(this.trailerMap);
  }

  /** Whether that is all of it. */
  get complete(): boolean {
    return this.transcript.ended;
  }

  /** @internal */
  end(trailers: HeaderMap): void {
    this.trailerMap = trailers;
    this.transcript.ended = true;
  }
}

/** What has gone to the upstream behind the filter. */
export class SeenRequest extends SeenMessage {
  get method(): string {
    return this.headers.get(":method") ?? "";
  }

  get path(): string {
    return this.headers.get(":path") ?? "";
  }

  get authority(): string {
    return this.headers.get(":authority") ?? "";
  }
}

/** What has gone to the client. */
export class SeenResponse extends SeenMessage {
  /** Response-code details: `via_upstream`, or why the filter or the host answered. */
  readonly details: string;
  /** Whether the filter, or the host in its stead, answered rather than the upstream. */
  readonly local: boolean;

  /** @internal */
  constructor(headers: HeaderMap, details: string, local: boolean) {
    super(headers);
    this.details = details;
    this.local = local;
  }

  get status(): number {
    return Number(this.headers.get(":status"));
  }
}
