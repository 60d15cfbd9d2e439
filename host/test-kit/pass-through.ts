import { NO_BYTES } from "../bytes.ts";
import { StreamInfo } from "../stream-info.ts";
import type { HttpStream } from "../stream.ts";

/** What the kit calls of a stream. */
export type StreamPhases = Pick<
  HttpStream,
  | "requestHeaders"
  | "requestBody"
  | "requestTrailers"
  | "responseHeaders"
  | "responseBody"
  | "responseTrailers"
  | "answered"
  | "listener"
  | "info"
>;

/** A stream that no filter looks at: what `FAIL_OPEN` leaves of one that has trapped. */
export function passThrough(): StreamPhases {
  return {
    requestHeaders: () => ({ kind: "continue" }),
    requestBody: (body) => ({ kind: "continue", body }),
    requestTrailers: () => ({ kind: "continue", body: NO_BYTES }),
    responseHeaders: () => ({ kind: "continue" }),
    responseBody: (body) => ({ kind: "continue", body }),
    responseTrailers: () => ({ kind: "continue", body: NO_BYTES }),
    answered: () => {},
    listener: undefined,
    info: new StreamInfo(),
  };
}
