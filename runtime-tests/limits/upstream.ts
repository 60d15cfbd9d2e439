// A service that does as its requests ask: answers at once, says what the request cost, keeps it waiting, or hangs up.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { until } from "../../filters/testing/index.ts";
import { pairs, type HeaderList } from "../support/http-client.ts";

export interface LimitedUpstream {
  readonly url: URL;
  /** The headers of all requests that came. */
  readonly seen: readonly HeaderList[];
  /** Resolves when so many requests wait under `/hold` or a path below it. */
  holds(count: number): Promise<void>;
  /** How many of them wait. */
  held(): number;
  /** Answers the longest waiting one. */
  release(): void;
  /** Hangs up on the longest waiting one. */
  hangUp(): void;
  close(): Promise<void>;
}

/** Each `cost` parameter of a request's query becomes a header `x-cost` of its response, as it is. */
export async function startLimitedUpstream(): Promise<LimitedUpstream> {
  const seen: HeaderList[] = [];
  const waiting = new Set<http.ServerResponse>();
  const server = http.createServer({ maxHeaderSize: 256 * 1024 }, (request, response) => {
    seen.push(pairs(request.rawHeaders));
    request.resume();
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://upstream");
    if (pathname.startsWith("/hang-up")) return response.destroy();
    if (pathname.startsWith("/hold")) {
      waiting.add(response);
      response.on("close", () => waiting.delete(response));
      return;
    }
    const costs = searchParams.getAll("cost").flatMap((cost) => ["x-cost", cost]);
    response.writeHead(200, costs).end("upstream");
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const longest = (): http.ServerResponse => {
    const [first] = waiting;
    if (!first) throw new Error("no request waits");
    waiting.delete(first);
    return first;
  };
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    seen,
    holds: (count) =>
      until(
        () => waiting.size === count,
        () => `${waiting.size} requests wait`,
      ),
    held: () => waiting.size,
    release: () => void longest().end("upstream"),
    hangUp: () => void longest().destroy(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
