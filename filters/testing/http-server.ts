// An HTTP/1.1 upstream that records what reaches it. Runs in Node.
import http from "node:http";
import { LoopbackServer, type TestServer } from "./test-server.ts";

/** A request as it came, complete. */
export interface RecordedRequest {
  method: string;
  url: string;
  /** In order, names in lower case. */
  headers: [name: string, value: string][];
  body: string;
  trailers: [name: string, value: string][];
}

/** What the echo answers, as JSON: the request it was sent. */
export type Echo = RecordedRequest;

/** As it came, with a way to its headers. */
export interface ReceivedRequest extends RecordedRequest {
  /** All values of a header, joined with ", "; undefined where it is absent. */
  header(name: string): string | undefined;
}

export interface HttpTestServer extends TestServer {
  /** The requests so far, each once its body has come. */
  readonly requests: readonly ReceivedRequest[];
}

/** Answers with `listener` once a request is complete (its body is in the second argument's `requests`); default: an echo. */
export function httpServer(
  listener: (request: ReceivedRequest, response: http.ServerResponse) => void = echo,
): HttpTestServer {
  const requests: ReceivedRequest[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => {});
    request.on("end", () => {
      const headers = pairs(request.rawHeaders);
      const received: ReceivedRequest = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers,
        body: Buffer.concat(chunks).toString(),
        trailers: pairs(request.rawTrailers),
        header: (name) => joined(headers, name),
      };
      requests.push(received);
      listener(received, response);
    });
  });
  const loopback = new LoopbackServer(server);
  return {
    requests,
    get port() {
      return loopback.port;
    },
    start: () => loopback.start(),
    stop: () => loopback.stop(),
  };
}

function echo(request: RecordedRequest, response: http.ServerResponse): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(request));
}

/** Node's flat list as pairs, names in lower case. */
export function pairs(raw: readonly string[]): [name: string, value: string][] {
  return raw.flatMap((name, i) =>
    i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] ?? ""] as [string, string]] : [],
  );
}

/** Every value of a name, joined with `, `; undefined where there is none. */
export function joined(headers: readonly (readonly [string, string])[], name: string): string | undefined {
  const values = headers.filter(([present]) => present === name.toLowerCase()).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(", ");
}
