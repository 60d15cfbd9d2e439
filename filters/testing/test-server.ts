// What stands behind a cluster of envoy.yaml in a test. Runs in Node.
import net from "node:net";
import type { AddressInfo } from "node:net";

/** A server on loopback; a run starts it before the proxy and stops it afterwards. Make a new one for each run. */
export interface TestServer {
  /** Where it listens; 0 before it is started. */
  readonly port: number;
  start(): Promise<void>;
  /** Cuts every connection. */
  stop(): Promise<void>;
}

/** Listens on any free port of loopback and keeps track of connections. */
export class LoopbackServer implements TestServer {
  readonly #server: net.Server;
  readonly #connections = new Set<net.Socket>();

  constructor(server: net.Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#connections.add(socket);
      socket.on("close", () => this.#connections.delete(socket));
      socket.on("error", () => {}); // a proxy that goes away
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }
}

/** Stands for a server that is down: a port that was free when the run began. */
export function nobody(): TestServer {
  let port = 0;
  return {
    get port() {
      return port;
    },
    async start() {
      const server = new LoopbackServer(net.createServer());
      await server.start();
      port = server.port;
      await server.stop();
    },
    stop: () => Promise.resolve(),
  };
}
