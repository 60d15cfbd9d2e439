// An HTTP request that a filter sends to a cluster.
import { Bytes } from "./bytes";
import { HeaderPairs } from "./header-pairs";

/**
 * A request for `Context.httpCall`. It can be kept and sent again. Everything it is given it copies.
 *
 * @example
 * const call = new HttpCall("auth", "POST", "/check").header("x-user", user).body(token).timeout(500);
 * if (this.httpCall(call, CHECK) != Status.Ok) …
 */
export class HttpCall {
  /** What is sent, pseudo headers first. */
  readonly headers: HeaderPairs = new HeaderPairs();
  /** What is sent behind the body. */
  readonly trailers: HeaderPairs = new HeaderPairs();
  /** The body. */
  content: Bytes = new Bytes();
  /** How long to wait for the whole response, in milliseconds. */
  timeoutMilliseconds: u32 = 1000;

  /** @param authority what the upstream sees as host; the cluster's name where nothing is given */
  constructor(
    /** The cluster that it goes to. */
    readonly cluster: string,
    method: string = "GET",
    path: string = "/",
    authority: string = "",
  ) {
    this.headers.add(":method", method);
    this.headers.add(":path", path);
    this.headers.add(":authority", authority.length > 0 ? authority : cluster);
  }

  /** Adds a header. */
  header<N, V>(name: N, value: V): HttpCall {
    this.headers.add(name, value);
    return this;
  }

  /** Adds a trailer. */
  trailer<N, V>(name: N, value: V): HttpCall {
    this.trailers.add(name, value);
    return this;
  }

  /** Sets the body. */
  body<T>(content: T): HttpCall {
    this.content = Bytes.of(content);
    return this;
  }

  /** Sets how long to wait for the whole response. 1,000 ms where nothing is said. */
  timeout(milliseconds: u32): HttpCall {
    this.timeoutMilliseconds = milliseconds;
    return this;
  }
}
