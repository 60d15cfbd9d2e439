// Behind the Envoy of an engine: answers as it is told, and remembers what it was sent.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { PLAIN_RESPONSE, type Headers } from "../engine.ts";

/** A request as it arrived. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  /** In the order in which they came; names in lower case. */
  readonly headers: Headers;
}

export interface Upstream {
  readonly port: number;
  /** What the next request is answered; forgets what came before. */
  answerWith(response: Headers): void;
  /** The request that came since; undefined: none did. */
  seen(): Seen | undefined;
  close(): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  let response = PLAIN_RESPONSE;
  let seen: Seen | undefined;
  const server = http.createServer((request, reply) => {
    const { method = "", url = "", rawHeaders } = request;
    seen = { method, path: url, headers: pairsOf(rawHeaders) };
    request.resume();
    reply.sendDate = false;
    const status = Number(response.find(([name]) => name === ":status")?.[1] ?? 200);
    const fields = response.filter(([name]) => !name.startsWith(":"));
    reply.writeHead(status, fields.flat());
    reply.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    answerWith: (next) => {
      response = next;
      seen = undefined;
    },
    seen: () => seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function pairsOf(raw: readonly string[]): Headers {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] ?? ""] as const] : []));
}
