// A TCP upstream that records what reaches it, and a TCP client. Runs in Node.
import net from "node:net";
import { LoopbackServer, type TestServer } from "./test-server.ts";
import { until } from "./eventually.ts";

export interface TcpTestServer extends TestServer {
  /** What came on all connections, a character for each byte. */
  readonly received: string;
  /** How many connections there were. */
  readonly connections: number;
}

/** Hands each connection to `onConnection`; default: it sends back what comes and ends with the client. */
export function tcpServer(
  onConnection: (socket: net.Socket) => void = (socket) => void socket.pipe(socket),
): TcpTestServer {
  let received = "";
  let connections = 0;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    connections++;
    socket.on("data", (data) => (received += data.toString("latin1")));
    onConnection(socket);
  });
  const loopback = new LoopbackServer(server);
  return {
    get received() {
      return received;
    },
    get connections() {
      return connections;
    },
    get port() {
      return loopback.port;
    },
    start: () => loopback.start(),
    stop: () => loopback.stop(),
  };
}

/** A client's connection. */
export interface TcpClient {
  write(text: string | Uint8Array): void;
  /** Waits until `text` has come; answers all that came so far, a character for each byte. */
  until(text: string): Promise<string>;
  /** Says that nothing more will be sent. */
  end(): void;
  /** Waits until the connection is closed; answers all that came. */
  closed(): Promise<string>;
  destroy(): void;
}

export function connectTcp(port: number): Promise<TcpClient> {
  return new Promise((resolve, reject) => {
    let received = "";
    let closed = false;
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.once("error", reject);
    socket.on("data", (data) => (received += data.toString("latin1")));
    socket.on("end", () => socket.end());
    socket.on("close", () => (closed = true));
    socket.on("connect", () => {
      socket.on("error", () => {}); // shows as closed
      resolve({
        write: (text) => void socket.write(text),
        async until(text) {
          await until(
            () => received.includes(text) || closed,
            () => `\`${text}\` never came, but \`${received}\``,
          );
          if (!received.includes(text))
            throw new Error(`closed before \`${text}\` came, after \`${received}\``);
          return received;
        },
        end: () => void socket.end(),
        async closed() {
          await until(
            () => closed,
            () => `the connection stays open; so far \`${received}\``,
          );
          return received;
        },
        destroy: () => void socket.destroy(),
      });
    });
  });
}
