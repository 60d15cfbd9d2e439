// Behind the Envoy of an engine: answers as it is told, and remembers what it was sent. Byte by byte, since Node's own server
// takes only methods that it knows.
import net from "node:net";
import { PLAIN_RESPONSE, type Headers } from "../engine.ts";
import { readHead } from "./head.ts";

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

/** Envoy keeps its connections, and sends one request at a time on each. */
export async function startUpstream(): Promise<Upstream> {
  let response = PLAIN_RESPONSE;
  let seen: Seen | undefined;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      text += chunk;
      const head = readHead(text);
      if (!head || !isWhole(head.headers, head.rest)) return;
      text = "";
      const [method = "", path = ""] = head.first.split(" ");
      seen = { method, path, headers: head.headers };
      socket.write(responseText(response), "latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    answerWith: (next) => {
      response = next;
      seen = undefined;
    },
    seen: () => seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function isWhole(headers: Headers, body: string): boolean {
  const one = (name: string): string | undefined => headers.find(([n]) => n === name)?.[1];
  if (one("transfer-encoding") !== undefined) return body.endsWith("0\r\n\r\n");
  return body.length >= Number(one("content-length") ?? 0);
}

function responseText(response: Headers): string {
  const status = response.find(([name]) => name === ":status")?.[1] ?? "200";
  const fields = response.filter(([name]) => !name.startsWith(":") && name !== "content-length");
  const length: Headers = status === "204" || status === "304" ? [] : [["content-length", "0"]];
  const lines = [...fields, ...length].map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} X\r\n${lines.join("")}\r\n`;
}
