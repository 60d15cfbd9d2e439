// The client's side: many requests on one connection, each written byte by byte, and what Envoy answered to each.
import net from "node:net";
import tls from "node:tls";
import type { Credentials } from "../../envoy/test-certificates/certificates.ts";

/** An address and a port, as the PROXY protocol names them. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What is settled before the first request is sent. */
export interface Connection {
  /** The address that the client's socket is bound to: any in 127.0.0.0/8. */
  readonly from: string;
  /** Whose connection this is said to be, in the PROXY protocol. Both addresses are of one family. */
  readonly proxied?: { readonly source: Endpoint; readonly destination: Endpoint };
  readonly tls?: {
    /** Absent: the client asks for no name. */
    readonly servername?: string;
    /** Absent: the client shows no certificate. */
    readonly credentials?: Pick<Credentials, "cert" | "key">;
  };
}

/** A request of HTTP/1.1 without a body, a byte a character. `host` is one of its headers. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface WireAnswer {
  /** 0: the connection was closed instead. */
  readonly status: number;
  /** The value of the header asked for; absent where Envoy itself refused the request before any filter saw it. */
  readonly told?: string;
}

const PATIENCE_MS = 30_000;
const HANDSHAKE_MS = 10_000;

/**
 * Sends the requests in order and gives the answers in the same order. A connection that Envoy closes, as it does after a
 * malformed request, is opened anew for the rest.
 */
export async function converse(
  port: number,
  connection: Connection,
  requests: readonly WireRequest[],
  header: string,
): Promise<WireAnswer[]> {
  const answers: WireAnswer[] = [];
  while (answers.length < requests.length) {
    const before = answers.length;
    await onOneConnection(port, connection, requests, header, answers);
    // A request that ends the connection without an answer has none.
    if (answers.length === before) answers.push({ status: 0 });
  }
  return answers;
}

async function onOneConnection(
  port: number,
  connection: Connection,
  requests: readonly WireRequest[],
  header: string,
  answers: WireAnswer[],
): Promise<void> {
  const socket = await open(port, connection);
  let rest = "";
  // One at a time: Envoy 1.40 forgets to read on when requests are pipelined and answered by itself.
  const next = (): unknown => socket.write(wireText(requests[answers.length]), "latin1");
  await new Promise<void>((resolve) => {
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      rest += chunk.toString("latin1");
      const head = rest.indexOf("\r\n\r\n");
      if (head < 0) return;
      const bodyless = requests[answers.length]?.method === "HEAD";
      const length = bodyless ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(rest.slice(0, head))?.[1] ?? 0);
      if (rest.length < head + 4 + length) return;
      answers.push(answerOf(rest.slice(0, head), header));
      const goesOn = !/\r\nconnection: close/i.test(rest.slice(0, head));
      rest = "";
      if (goesOn && answers.length < requests.length) next();
      else socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    next();
  });
}

function answerOf(head: string, header: string): WireAnswer {
  const status = Number(head.slice(9, 12));
  const at = head.indexOf(`\r\n${header}: `);
  if (at < 0) return { status };
  const from = at + header.length + 4;
  const end = head.indexOf("\r\n", from);
  return { status, told: head.slice(from, end < 0 ? undefined : end) };
}

function wireText(request: WireRequest | undefined): string {
  if (!request) return "";
  let text = `${request.method} ${request.path} HTTP/1.1\r\n`;
  for (const [name, value] of request.headers) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}

/** A connection that is ready to send on; one that Envoy or the machine was too slow for is tried anew. */
async function open(port: number, connection: Connection): Promise<net.Socket> {
  let failure: unknown;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      return await openOnce(port, connection);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function openOnce(port: number, { from, proxied, tls: secure }: Connection): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const plain = net.connect({ port, host: "127.0.0.1", localAddress: from });
    const timer = setTimeout(() => {
      plain.destroy();
      reject(new Error(`no connection within ${HANDSHAKE_MS} ms`));
    }, HANDSHAKE_MS);
    const ready = (socket: net.Socket): void => {
      clearTimeout(timer);
      resolve(socket);
    };
    const failed = (error: Error): void => {
      clearTimeout(timer);
      plain.destroy();
      reject(error);
    };
    plain.setNoDelay(true);
    plain.once("error", failed);
    plain.once("connect", () => {
      if (proxied) plain.write(proxyHeader(proxied));
      if (!secure) {
        ready(plain);
        return;
      }
      const socket = tls.connect({
        socket: plain,
        // The client's identity is what matters here, not the server's.
        rejectUnauthorized: false,
        ...(secure.servername !== undefined && { servername: secure.servername }),
        ...(secure.credentials && { cert: secure.credentials.cert, key: secure.credentials.key }),
      });
      socket.once("error", failed);
      socket.once("secureConnect", () => ready(socket));
    });
  });
}

function proxyHeader({ source, destination }: NonNullable<Connection["proxied"]>): string {
  const family = source.address.includes(":") ? "TCP6" : "TCP4";
  return `PROXY ${family} ${source.address} ${destination.address} ${source.port} ${destination.port}\r\n`;
}
