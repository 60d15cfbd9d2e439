/** An upstream that tells what it got, and a client that writes bytes as they are. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import * as http from "node:http";
import { connect, type AddressInfo } from "node:net";

export interface TestUpstream {
  url: URL;
  close(): Promise<void>;
}

export interface Echo {
  method: string;
  url: string;
  headers: Array<[string, string]>;
  body: string;
}

/** Answers each request with what it was, as JSON. */
export const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const headers: Array<[string, string]> = [];
    for (let i = 0; i < request.rawHeaders.length; i += 2)
      headers.push([request.rawHeaders[i] ?? "", request.rawHeaders[i + 1] ?? ""]);
    const { method = "", url = "" } = request;
    response.setHeader("X-Upstream", "echo");
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  });
};

export async function startUpstream(listener: RequestListener = echo): Promise<TestUpstream> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  rawHeaders: string[];
  body: string;
}

/** Sends one request over a connection of its own; headers are Node's flat list. */
export async function send(
  port: number,
  path: string,
  {
    method = "GET",
    headers = [],
    body,
  }: { method?: string; headers?: string[]; body?: string | Buffer } = {},
): Promise<Answer> {
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const framing = body === undefined ? [] : ["content-length", String(Buffer.byteLength(body))];
    const request = http.request({
      port,
      host: "127.0.0.1",
      path,
      method,
      headers: ["host", "shop.test", ...framing, ...headers],
      agent: false,
    });
    request.on("response", resolve).on("error", reject);
    request.end(body);
  });
  return { ...head(message), body: await read(message) };
}

export function head(message: IncomingMessage): Omit<Answer, "body"> {
  return { status: message.statusCode ?? 0, headers: message.headers, rawHeaders: message.rawHeaders };
}

export async function read(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Writes bytes to the port and answers everything that comes back until the connection ends. */
export function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text, "latin1"));
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => (answer += chunk));
    socket.on("end", () => resolve(answer)).on("error", reject);
  });
}

/** Waits until `condition` holds; rejects after two seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const limit = Date.now() + 2000;
  while (!condition()) {
    if (Date.now() > limit) throw new Error("waited two seconds in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
