// One request, one connection. Runs in Node.
import http from "node:http";
import https from "node:https";
import { pause } from "./eventually.ts";
import { joined, pairs } from "./http-server.ts";

export interface TestRequest {
  /** Default: `/`. */
  path?: string;
  /** Default: GET, with a body POST. */
  method?: string;
  /** Default: `example.test`. */
  host?: string;
  headers?: Record<string, string | string[]>;
  /** A list is sent in chunks, each a moment after the one before; anything else with its length declared. */
  body?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Sent after the body, which then goes in chunks. */
  trailers?: Record<string, string>;
  /** Over TLS: whom to trust, and who to be. PEM. */
  tls?: { ca: string; cert?: string; key?: string; servername?: string };
}

export interface TestAnswer {
  status: number;
  /** In order, names in lower case. */
  headers: [name: string, value: string][];
  /** Every value, joined with `, `. */
  header(name: string): string | undefined;
  /** As UTF-8. */
  body: string;
  bytes: Uint8Array;
  trailers: [name: string, value: string][];
  /** The body as JSON, which the caller knows the type of. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- shorter than a cast at each call
  json<T = unknown>(): T;
}

/** Between chunks, so that they arrive one by one. */
const CHUNK_PAUSE_MS = 20;

/** Rejects where the connection is cut before the answer is complete. */
export async function sendRequest(port: number, given: TestRequest): Promise<TestAnswer> {
  const { body, trailers, tls } = given;
  const chunked = trailers !== undefined || Array.isArray(body);
  const chunks = body === undefined ? [] : ([body].flat() as readonly (string | Uint8Array)[]);
  const size = chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0);
  const framing: [string, string][] = chunked
    ? [["transfer-encoding", "chunked"]]
    : body === undefined
      ? []
      : [["content-length", String(size)]];
  const headers = Object.entries(given.headers ?? {}).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
  const options: http.RequestOptions = {
    port,
    host: "127.0.0.1",
    path: given.path ?? "/",
    method: given.method ?? (body === undefined && trailers === undefined ? "GET" : "POST"),
    headers: [["host", given.host ?? "example.test"], ...framing, ...headers].flat(),
    agent: false,
  };
  const request = tls === undefined ? http.request(options) : https.request({ ...options, ...tls });
  const answer = new Promise<TestAnswer>((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => void collect(response).then(resolve, reject));
  });
  const written = (async () => {
    if (chunked) request.flushHeaders();
    for (const chunk of chunks) {
      if (chunked) await pause(CHUNK_PAUSE_MS);
      request.write(chunk);
    }
    if (trailers !== undefined) request.addTrailers(trailers);
    request.end();
  })();
  const [complete] = await Promise.all([answer, written]);
  return complete;
}

function collect(response: http.IncomingMessage): Promise<TestAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", () => {
      const bytes = Buffer.concat(chunks);
      const headers = pairs(response.rawHeaders);
      resolve({
        status: response.statusCode ?? 0,
        headers,
        header: (name) => joined(headers, name),
        body: bytes.toString(),
        bytes,
        trailers: pairs(response.rawTrailers),
        json: () => JSON.parse(bytes.toString()) as never,
      });
    });
  });
}
