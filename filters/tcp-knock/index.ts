// tcp-knock: a connection's first line must be the configured word. The line is taken out; before it is complete nothing
// passes in either direction. Who knocks wrongly, with too long a line, or too late is shown the door.
import {
  Body,
  Bytes,
  Context,
  Counter,
  getProperty,
  log,
  LogLevel,
  NetworkAction,
  now,
  PeerType,
  registerFilter,
  setTickPeriod,
  TcpContext,
} from "proxy-wasm-assemblyscript-sdk";

/** The longest word. A line ends with LF, or CR LF. */
const MOST_BYTES: u32 = 256;
const LONGEST_MILLISECONDS: i64 = 60 * 60 * 1000;

class TcpKnock extends Context {
  readonly opened: Counter = new Counter("tcp_knock.opened");
  readonly refused: Counter = new Counter("tcp_knock.refused");
  readonly downstreamBytes: Counter = new Counter("tcp_knock.downstream_bytes");
  readonly upstreamBytes: Counter = new Counter("tcp_knock.upstream_bytes");
  word: Bytes = new Bytes();
  private patience: u64 = 0;
  private readonly outside: Map<u32, Connection> = new Map<u32, Connection>();

  override onConfigure(configuration: Bytes): bool {
    const lines = configuration.split("\n");
    const word = lines[0];
    const milliseconds = lines.length > 1 ? lines[1].toInteger() : -1;
    if (word.size == 0 || word.size > MOST_BYTES || word.endsWith("\r")) {
      return this.refuse("the first line must be the word, 1 to 256 bytes and no CR at their end");
    }
    if (milliseconds < 1 || milliseconds > LONGEST_MILLISECONDS) {
      return this.refuse("the second line must say how many milliseconds to wait for it, 1 to 3600000");
    }
    this.word = word.copy();
    this.patience = milliseconds * 1000000;
    // Late by half of it at most.
    setTickPeriod(<u32>max(milliseconds / 2, 1));
    return true;
  }

  override createContext(): Context | null {
    return new Connection(this);
  }

  waits(connection: Connection): void {
    this.outside.set(connection.id, connection);
  }

  waitsNoMore(connection: Connection): void {
    this.outside.delete(connection.id);
  }

  // A connection that says nothing gets no callback of its own.
  override onTick(): void {
    if (this.outside.size == 0) return;
    const time = now();
    const connections = this.outside.values();
    for (let i = 0; i < connections.length; i++) {
      const connection = connections[i];
      if (time < connection.began + this.patience) continue;
      if (connection.activate()) connection.refuse("nothing in time");
    }
  }

  private refuse(why: string): bool {
    log(LogLevel.Error, "tcp-knock: " + why);
    return false;
  }
}

class Connection extends TcpContext {
  began: u64 = 0;
  private inside: bool = false;
  private refused: bool = false;
  private downstreamBytes: u64 = 0;
  private upstreamBytes: u64 = 0;

  constructor(private readonly door: TcpKnock) {
    super();
  }

  override onNewConnection(): NetworkAction {
    this.began = now();
    this.door.waits(this);
    // To stop here would be to wait for ever: until the filters behind have seen the connection, Envoy's TCP proxy keeps
    // it from being read.
    return NetworkAction.Continue;
  }

  override onDownstreamData(data: Body, endOfStream: bool): NetworkAction {
    // Closing takes effect after this callback, and more may have come by then.
    if (this.refused) return NetworkAction.StopIteration;
    if (!this.inside) {
      // Waiting data is shown whole each time, so the line may come in any pieces.
      const line = this.firstLine(data);
      if (line === null) {
        if (endOfStream) this.refuse("no whole line");
        return NetworkAction.StopIteration;
      }
      if (!this.knock(line, data)) return NetworkAction.StopIteration;
    }
    this.downstreamBytes += data.size;
    if (data.size > 0) this.door.downstreamBytes.increment(data.size);
    return NetworkAction.Continue;
  }

  override onUpstreamData(data: Body, endOfStream: bool): NetworkAction {
    if (this.refused) return NetworkAction.StopIteration;
    if (!this.inside) {
      // What is stopped on the way to the client cannot be continued later, so there is nothing to wait for.
      this.refuse("the upstream speaks first");
      return NetworkAction.StopIteration;
    }
    this.upstreamBytes += data.size;
    if (data.size > 0) this.door.upstreamBytes.increment(data.size);
    return NetworkAction.Continue;
  }

  override onDownstreamClose(peer: PeerType): void {
    this.door.waitsNoMore(this);
    if (!this.inside) return;
    const bytes =
      this.downstreamBytes.toString() +
      " bytes from " +
      client() +
      ", " +
      this.upstreamBytes.toString() +
      " to it";
    log(LogLevel.Info, "tcp-knock: closed after " + bytes);
  }

  refuse(why: string): void {
    this.refused = true;
    this.door.refused.increment();
    log(LogLevel.Info, "tcp-knock: " + client() + " refused: " + why);
    this.door.waitsNoMore(this);
    this.closeDownstream();
  }

  /** The line with its end, or null where that has not come; a line that is too long is one with an end missing. */
  private firstLine(data: Body): Bytes | null {
    const start = data.get(0, MOST_BYTES + 2);
    if (start === null) return null;
    const end = start.indexOf("\n");
    if (end >= 0) return start.slice(0, end + 1);
    return start.size > MOST_BYTES + 1 ? start : null;
  }

  /** Takes the line out and lets the connection in, or refuses it. */
  private knock(line: Bytes, data: Body): bool {
    const whole = line.endsWith("\n");
    const word = line.slice(0, line.size - (line.endsWith("\r\n") ? 2 : 1));
    if (!whole || !word.equals(this.door.word)) {
      this.refuse(whole ? "not the word" : "too long a line");
      return false;
    }
    data.replaceFront(line.size, "");
    this.inside = true;
    this.door.waitsNoMore(this);
    this.door.opened.increment();
    return true;
  }
}

/** Address and port. */
function client(): string {
  const address = getProperty("source\0address");
  return address === null ? "a client" : address.toString();
}

registerFilter(() => new TcpKnock());
