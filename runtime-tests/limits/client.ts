// A client that can hang up on a request that waits.
import http from "node:http";
import type { HeaderList } from "../support/http-client.ts";

export interface OpenRequest {
  /** The status of the answer; 0 where there was none. */
  readonly status: Promise<number>;
  /** Cuts the connection. */
  hangUp(): void;
}

/** Sends a request on a connection of its own. */
export function openRequest(port: number, path: string, headers: HeaderList = []): OpenRequest {
  const request = http.get({
    host: "127.0.0.1",
    port,
    path,
    agent: false,
    headers: [["host", "limits.test"], ...headers].flat() as unknown as http.OutgoingHttpHeaders,
  });
  const status = new Promise<number>((resolve) => {
    request.on("error", () => resolve(0));
    request.on("response", (response) => {
      response.resume();
      response.on("error", () => resolve(0));
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
  });
  return { status, hangUp: () => void request.destroy() };
}
