// For the tests of this folder: a real Envoy in front of an upstream that answers with what it was sent.
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { bootstrap } from "./bootstrap.ts";
import type { ListenerConfig } from "./listener.ts";
import { startEnvoy } from "./start.ts";
import type { RunningEnvoy, StartOptions } from "./start.ts";
import { envoyForTests } from "./testing.ts";

export interface Seen {
  url: string;
  headers: [name: string, value: string][];
}

export interface RawAnswer {
  status: number;
  /** Header block as text, lines ending in \r\n. */
  head: string;
  /** `x-tollgate-details`, empty where Envoy did not answer itself. */
  details: string;
  /** What the upstream was sent; undefined where the request did not get there. */
  upstream: Seen | undefined;
}

export interface Rig {
  envoy: RunningEnvoy;
  /** Sends `request` as it is, a byte for each character, on a connection of its own that the request must ask to close. */
  raw(listener: string, request: string): Promise<RawAnswer>;
  stop(): Promise<void>;
}

/** Starts the rig; undefined where there is no Envoy (see envoyForTests). */
export async function startRig(
  listeners: (Partial<ListenerConfig> & { name: string })[],
  options: Partial<StartOptions> & { change?: (bootstrap: object) => void } = {},
): Promise<Rig | undefined> {
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return undefined;
  const directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-envoy-"));
  const upstream = await echo();
  const url = new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
  const config = bootstrap({
    listeners: listeners.map((listener) => ({
      port: 0,
      upstream: url,
      filters: [],
      revealDetails: true,
      ...listener,
    })),
  });
  options.change?.(config);
  const close = async () => {
    upstream.close();
    upstream.closeAllConnections();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const envoy = await startEnvoy({
      envoy: envoyPath,
      directory,
      bootstrap: config,
      concurrency: 1,
      ...options,
    });
    return {
      envoy,
      raw: (listener, request) => raw(envoy.ports.get(listener) ?? 0, request),
      stop: async () => {
        await envoy.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function echo(): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const { rawHeaders } = request;
    const headers = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1]]] : []));
    const body = JSON.stringify({ url: request.url, headers });
    response
      .writeHead(200, {
        "content-length": Buffer.byteLength(body),
        server: "echo",
        "x-tollgate-details": "forged",
      })
      .end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function raw(port: number, request: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = net.connect(port, "127.0.0.1", () => socket.write(Buffer.from(request, "latin1")));
    socket.setEncoding("latin1");
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (chunk: string) => {
      text += chunk;
      // After an error Envoy waits a second for the client to hang up first.
      if (isComplete(text)) socket.end();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // Envoy resets after a refusal when bytes of the request are still unread; the answer is there all the same.
      if (error.code !== "ECONNRESET" || text === "") reject(error);
    });
    socket.on("close", () => {
      const end = text.indexOf("\r\n\r\n");
      const head = text.slice(0, end + 2);
      const body = text.slice(end + 4);
      const fromUpstream = /^server: echo\r$/im.test(head);
      resolve({
        status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0),
        head,
        details: /^x-tollgate-details: (.*)\r$/im.exec(head)?.[1] ?? "",
        upstream: fromUpstream ? (JSON.parse(body) as Seen) : undefined,
      });
    });
  });
}

function isComplete(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  const length = /^content-length: (\d+)\r$/im.exec(answer.slice(0, end + 2))?.[1];
  return end >= 0 && length !== undefined && answer.length >= end + 4 + Number(length);
}
