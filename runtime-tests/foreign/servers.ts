// The servers around the filter: an upstream that sends back what it was sent, and the `side` that the filter asks.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { pairs, type HeaderList } from "../support/http-client.ts";

/** What the upstream was sent, and the body of its answers, as JSON. */
export interface Seen {
  readonly headers: HeaderList;
  readonly body: string;
}

export interface Server {
  readonly url: URL;
  close(): void;
}

async function serve(
  answer: (request: http.IncomingMessage, body: string, response: http.ServerResponse) => void,
): Promise<Server> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, Buffer.concat(chunks).toString(), response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export function startUpstream(): Promise<Server> {
  return serve((request, body, response) => {
    response.setHeader("x-kind", ["first", "second"]);
    response.setHeader("x-internal", "secret");
    if (request.url === "/response-body") {
      const halves = ["a".repeat(40_000), "b".repeat(40_000)];
      response.setHeader("content-length", 80_000);
      response.write(halves[0]);
      response.end(halves[1]);
      return;
    }
    const seen: Seen = { headers: pairs(request.rawHeaders), body };
    response.end(JSON.stringify(seen));
  });
}

/** Answers 403 to `/callout/denied`, else says what it was asked. */
export function startSide(): Promise<Server> {
  return serve(({ method, url, headers }, body, response) => {
    response.statusCode = url === "/callout/denied" ? 403 : 201;
    response.setHeader("x-side", `${headers.host ?? ""} ${String(headers["x-asked"])}`);
    response.end(url === "/callout/empty" ? "" : `${method ?? ""} ${url ?? ""} ${body}`);
  });
}

/** A port of loopback that was free a moment ago. */
export async function deadUrl(): Promise<URL> {
  const server = await serve(() => undefined);
  server.close();
  return server.url;
}
