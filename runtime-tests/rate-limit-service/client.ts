// A plain client of the service: gRPC over Node's HTTP/2, and nothing of the filter's.
import http2 from "node:http2";
import { frame, FrameReader } from "../../host/callouts/grpc-frames.ts";
import { decodeResponse, encodeRequest, type RateLimitRequest, type RateLimitResponse } from "./messages.ts";

const BOUND_MS = 10_000;

export const SHOULD_RATE_LIMIT = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit";

/** A call that ended with another status than OK. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  /** As `grpc-status` has it. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(`gRPC status ${status}: ${message}`);
    this.status = status;
  }
}

/** Asks the service on 127.0.0.1, on a connection of its own. Rejects with CallFailed where it answers with an error. */
export function shouldRateLimit(port: number, request: RateLimitRequest): Promise<RateLimitResponse> {
  return call(port, encodeRequest(request));
}

/** As `shouldRateLimit`, with a message that need not be one. */
export function call(port: number, message: Uint8Array): Promise<RateLimitResponse> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const fail = (error: Error): void => {
      session.destroy();
      reject(error);
    };
    session.on("error", fail);
    session.setTimeout(BOUND_MS, () => fail(new Error("the rate limit service does not answer")));
    const stream = session.request({
      ":method": "POST",
      ":path": SHOULD_RATE_LIMIT,
      "content-type": "application/grpc",
      te: "trailers",
    });
    const frames = new FrameReader();
    const messages: Uint8Array[] = [];
    let trailers: http2.IncomingHttpHeaders = {};
    stream.on("response", (headers) => (trailers = headers));
    stream.on("trailers", (headers: http2.IncomingHttpHeaders) => (trailers = headers));
    stream.on("data", (data: Uint8Array) => messages.push(...(frames.read(data) ?? [])));
    stream.on("error", fail);
    stream.on("end", () => {
      session.close();
      const status = Number(trailers["grpc-status"]);
      const [answer] = messages;
      if (status === 0 && answer !== undefined) resolve(decodeResponse(answer));
      else reject(new CallFailed(status, String(trailers["grpc-message"])));
    });
    stream.end(frame(message));
  });
}
