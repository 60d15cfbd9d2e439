/** A local TCP proxy with a network filter in it, built to look like an Envoy listener with `tcp_proxy` behind. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Clusters } from "../callouts/cluster.ts";
import { Peer, type ConnectionListener, type ConnectionResult, type TcpConnection } from "../connection.ts";
import { SharedState } from "../shared-state.ts";
import { connectionProperties, upstreamTarget } from "./addresses.ts";
import { FilterSlot, type ConnectionLease, type FailurePolicy, type FilterFactory } from "./filter-slot.ts";
import { readPieces } from "./tcp-source.ts";

/** What a TCP proxy stands in front of, and where it listens. */
export interface TcpProxyOptions {
  /** Where connections go. */
  upstream: { host: string; port: number };
  /** When the upstream is connected to, by Envoy's names. Default: `IMMEDIATE`, as soon as the filter has let the client in. */
  connectMode?: "IMMEDIATE" | "ON_DOWNSTREAM_DATA";
  /** Port to listen on; 0: any free one. */
  port: number;
  /** Address to listen on. Default: 127.0.0.1. */
  address?: string;
  /** Starts the filter's VM. */
  filter: FilterFactory;
  /** What a trap of the filter leads to. Default: `FAIL_RELOAD`. */
  failurePolicy?: FailurePolicy;
  /** As `ProxyOptions.reloadBackoffMs`. */
  reloadBackoffMs?: number;
  /** What the filter may call out to; handed to the factory. Default: nothing. */
  clusters?: Clusters;
}

/** A running TCP proxy. */
export interface TcpProxy {
  readonly port: number;
  readonly address: string;
  /** Starts another VM for new connections; those that are open stay on theirs. */
  swap(filter: FilterFactory): void;
  /** Stops listening and cuts the connections that are open. */
  close(): Promise<void>;
}

/**
 * Starts a proxy. Rejects with Node's own error where the address cannot be listened on, and with what the filter's
 * factory throws.
 *
 * @example
 * const proxy = await startTcpProxy({
 *   upstream: { host: "127.0.0.1", port: 5432 },
 *   port: 15432,
 *   filter: () => Vm.start(filter),
 * });
 */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const context = { clusters: options.clusters ?? new Map<string, never>(), shared: new SharedState() };
  const slot = new FilterSlot(options.filter, context, options.failurePolicy ?? "FAIL_RELOAD", {
    reloadBackoffMs: options.reloadBackoffMs,
  });
  try {
    const listener = await listenTcp({
      ...options,
      open: (socket) => slot.openConnection(connectionProperties(socket, undefined)),
    });
    return {
      ...listener,
      swap: (filter) => slot.swap(filter),
      async close() {
        await listener.close();
        slot.close();
      },
    };
  } catch (error) {
    slot.close();
    throw error;
  }
}

/** What {@link listenTcp} needs beside addresses: the filter for a connection, or what to do without. */
export interface TcpListenerOptions extends Pick<
  TcpProxyOptions,
  "upstream" | "port" | "address" | "connectMode"
> {
  open(socket: Socket): ConnectionLease | "refuse" | "pass";
}

/** Listens, with filters that the caller keeps. Rejects where the address cannot be listened on. */
export async function listenTcp(options: TcpListenerOptions): Promise<Omit<TcpProxy, "swap">> {
  const links = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    links.add(socket);
    socket.on("close", () => links.delete(socket));
    socket.on("error", () => {}); // shows as `close`
    const lease = options.open(socket);
    if (lease === "refuse") return void socket.destroy();
    const link = new Link(socket, options, lease === "pass" ? undefined : lease.connection);
    socket.on("close", () => {
      link.over();
      if (lease !== "pass") lease.release();
    });
    link.start();
  });
  await listen(server, options.port, options.address ?? "127.0.0.1");
  const bound = server.address() as AddressInfo;
  return {
    port: bound.port,
    address: bound.address,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of links) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      server.on("error", () => {}); // concerns one connection
      resolve();
    });
  });
}

/** Envoy's default `per_connection_buffer_limit_bytes`: past it the client is not read until the filter lets go. */
const HELD_LIMIT = 1024 * 1024;

/** A client's connection, the filter, and the upstream's connection once the filter lets the client through. */
class Link implements ConnectionListener {
  private readonly client: Socket;
  private readonly target: { host: string; port: number };
  /** Whether the upstream is connected to for the first byte only. */
  private readonly forData: boolean;
  private readonly filter: TcpConnection | undefined;
  private upstream: Socket | undefined;
  private held = 0;
  private closedHere = false;

  constructor(
    client: Socket,
    { upstream, connectMode }: Pick<TcpProxyOptions, "upstream" | "connectMode">,
    filter: TcpConnection | undefined,
  ) {
    this.client = client;
    this.target = upstream;
    this.forData = connectMode === "ON_DOWNSTREAM_DATA";
    this.filter = filter;
    if (filter !== undefined) filter.listener = this;
  }

  start(): void {
    const { client } = this;
    const result = this.filter?.newConnection() ?? pass(new Uint8Array(0));
    readPieces(client, (data, end) => this.fromClient(data, end));
    client.on("drain", () => this.upstream?.resume());
    if (result.kind === "pause") return;
    if (result.kind !== "continue") this.ended(result);
    else if (!this.forData) this.reach();
  }

  /** {@link ConnectionListener} */
  continued(data: Uint8Array, end: boolean): void {
    this.toUpstream(data, end);
    this.client.resume();
  }

  /** {@link ConnectionListener} */
  ended(result: Exclude<ConnectionResult, { kind: "continue" | "pause" }>): void {
    this.closedHere = true;
    this.upstream?.destroy();
    // What is on its way to the client is sent before.
    if (result.kind === "close") this.client.end(() => this.client.destroy());
    else this.client.destroy();
  }

  /** The client's connection is closed. */
  over(): void {
    this.upstream?.destroy();
    this.filter?.downstreamClosed(this.closedHere ? Peer.Local : Peer.Remote);
  }

  private fromClient(data: Uint8Array, end: boolean): void {
    if (this.closedHere) return;
    const result = this.filter?.downstreamData(data, end) ?? pass(data);
    if (result.kind === "continue") this.toUpstream(result.data, end);
    else if (result.kind !== "pause") this.ended(result);
    else if ((this.held += data.length) > HELD_LIMIT) this.client.pause();
  }

  private toUpstream(data: Uint8Array, end: boolean): void {
    this.held = 0;
    // A client that ends before it said anything has no upstream, and in Envoy nobody closes its connection.
    if (this.forData && this.upstream === undefined && data.length === 0) return;
    const upstream = this.reach();
    if (data.length > 0 && !upstream.write(data)) this.client.pause();
    if (end) upstream.end();
  }

  private fromUpstream(data: Uint8Array, end: boolean): void {
    if (this.closedHere) return;
    const result = this.filter?.upstreamData(data, end) ?? pass(data);
    if (result.kind === "continue") {
      if (result.data.length > 0 && !this.client.write(result.data)) this.upstream?.pause();
      if (!end) return;
      // Where the client has ended, too, the connection is over, and it is the proxy that says so.
      this.closedHere ||= this.client.readableEnded;
      this.client.end();
    } else if (result.kind !== "pause") this.ended(result);
  }

  /** The upstream's connection, opened when it is first needed. */
  private reach(): Socket {
    if (this.upstream !== undefined) return this.upstream;
    this.filter?.reaching(upstreamTarget(this.target));
    const upstream = connect({ ...this.target, allowHalfOpen: true });
    readPieces(upstream, (data, end) => this.fromUpstream(data, end));
    upstream.on("drain", () => this.client.resume());
    upstream.on("error", () => this.ended({ kind: "failed" }));
    return (this.upstream = upstream);
  }
}

function pass(data: Uint8Array): ConnectionResult {
  return { kind: "continue", data };
}
