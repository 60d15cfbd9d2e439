import type { Peer as PeerNumber } from "../connection.ts";
import { Peer, type ConnectionListener, type ConnectionResult, type TcpConnection } from "../connection.ts";
import type { ConnectionLease } from "../proxy/filter-slot.ts";
import { bytesOf } from "./text.ts";
import { Transcript } from "./transcript.ts";

/** What the filter made of a piece: it goes on; it is held back; the connection is closed; the filter trapped. */
export type ConnectionPhaseResult = "continue" | "wait" | "closed" | "failed";

/** Who closes a connection: the client, or Envoy. */
export type ClosingPeer = "client" | "envoy";

const peers: Readonly<Record<ClosingPeer, PeerNumber>> = { client: Peer.Remote, envoy: Peer.Local };

/** A TCP connection through the filter. What it shows stays up to date. */
export class Connection implements ConnectionListener {
  /** What has gone to the upstream. */
  readonly toUpstream = new Transcript();
  /** What has gone to the client. */
  readonly toClient = new Transcript();
  private readonly lease: ConnectionLease | "refuse" | "pass";
  private readonly tcp: TcpConnection | undefined;
  private waiting = false;
  private over: "closed" | "failed" | undefined;

  /** @internal Tells the filter of it at once. */
  constructor(lease: ConnectionLease | "refuse" | "pass") {
    this.lease = lease;
    this.tcp = typeof lease === "string" ? undefined : lease.connection;
    if (lease === "refuse") this.over = "failed";
    if (this.tcp === undefined) return;
    this.tcp.listener = this;
    this.take(this.tcp.newConnection(), undefined, false);
  }

  /** `"open"`; `"waiting"`: the filter holds something back; or how it ended. */
  get state(): "open" | "waiting" | "closed" | "failed" {
    return this.over ?? (this.waiting ? "waiting" : "open");
  }

  /** The client sends something; `"end"`: it will send no more. */
  fromClient(data: string | Uint8Array, end?: "end"): ConnectionPhaseResult {
    const piece = bytesOf(data);
    return (
      this.over ??
      this.take(
        this.tcp?.downstreamData(piece, end === "end") ?? { kind: "continue", data: piece },
        this.toUpstream,
        end === "end",
      )
    );
  }

  /** The upstream sends something; `"end"`: it has closed its side. */
  fromUpstream(data: string | Uint8Array, end?: "end"): ConnectionPhaseResult {
    const piece = bytesOf(data);
    return (
      this.over ??
      this.take(
        this.tcp?.upstreamData(piece, end === "end") ?? { kind: "continue", data: piece },
        this.toClient,
        end === "end",
      )
    );
  }

  /** The connection is closed; does nothing where it is already. */
  close(by: ClosingPeer = "client"): void {
    this.finish("closed", peers[by]);
  }

  /** The host says what other callbacks decide. */
  continued(data: Uint8Array, end: boolean): void {
    this.waiting = false;
    this.toUpstream.add(data, end);
  }

  /** The host says what other callbacks decide. */
  ended(result: Extract<ConnectionResult, { kind: "close" | "failed" }>): void {
    this.finish(result.kind === "close" ? "closed" : "failed", Peer.Local);
  }

  private take(result: ConnectionResult, seen: Transcript | undefined, end: boolean): ConnectionPhaseResult {
    this.waiting = result.kind === "pause";
    if (result.kind === "pause") return "wait";
    if (result.kind === "continue") {
      seen?.add(result.data, end);
      return "continue";
    }
    this.ended(result);
    return this.over ?? "closed";
  }

  private finish(state: "closed" | "failed", by: PeerNumber): void {
    if (this.over !== undefined) return;
    this.over = state;
    this.tcp?.downstreamClosed(by);
    if (typeof this.lease !== "string") this.lease.release();
  }
}
