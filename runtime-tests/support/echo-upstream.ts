// A service that answers with what it was sent, so that a test sees what a filter did to the request.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { pairs, type HeaderList } from "./http-client.ts";

/** What the service saw; the body of its answers, as JSON. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: HeaderList;
  /** The service's own name, where it has one. */
  readonly backend?: string;
}

/** Headers that every answer carries, for policies to change. */
export const upstreamHeaders: HeaderList = [
  ["x-upstream", "echo"],
  ["x-internal", "secret"],
];

export interface EchoUpstream {
  readonly url: URL;
  readonly requests: () => number;
  close(): Promise<void>;
}

/** `backend`: what it says that it is. */
export async function startEchoUpstream(backend?: string): Promise<EchoUpstream> {
  let requests = 0;
  const server = http.createServer((request, response) => {
    requests++;
    request.resume();
    const seen: Seen = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: pairs(request.rawHeaders),
      ...(backend !== undefined && { backend }),
    };
    for (const [name, value] of upstreamHeaders) response.setHeader(name, value);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(seen));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
