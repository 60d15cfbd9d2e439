// The header maps of the HTTP stream in effect; one object each serves all streams.
import { HeaderMap } from "./abi/numbers";
import { Headers } from "./headers";

export const requestHeaders: Headers = new Headers(HeaderMap.Request);
export const requestTrailers: Headers = new Headers(HeaderMap.RequestTrailers);
export const responseHeaders: Headers = new Headers(HeaderMap.Response);
export const responseTrailers: Headers = new Headers(HeaderMap.ResponseTrailers);
