// What attackers send: HTTP/1.1 byte by byte, HTTP/2 frame by frame, as no client library would.
import net from "node:net";

/** Header fields in order; names as written, values byte strings. */
export type Fields = readonly (readonly [name: string, value: string])[];

export interface WireAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  /** What the proxy says of an answer of its own; absent for the upstream's. */
  readonly details: string | undefined;
  readonly grpcStatus: string | undefined;
}

/** A request's bytes. `target` and the fields stand in it as they are; the connection ends with it. */
export function http1(target: string, fields: Fields = [], method = "GET"): string {
  const hasHost = fields.some(([name]) => name.toLowerCase() === "host");
  const all: Fields = [...(hasHost ? [] : [["Host", "test"] as const]), ...fields, ["Connection", "close"]];
  return `${method} ${target} HTTP/1.1\r\n${all.map(([n, v]) => `${n}: ${v}\r\n`).join("")}\r\n`;
}

/**
 * Sends bytes (a character each) on a connection of their own and waits for the first answer.
 *
 * @param from the client's own loopback address
 */
export function sendBytes(port: number, bytes: string, from?: string): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({
      port,
      host: "127.0.0.1",
      ...(from !== undefined && { localAddress: from }),
    });
    let text = "";
    const finish = (): void => {
      socket.destroy();
      const head = text.slice(0, text.indexOf("\r\n\r\n") + 2);
      const one = (name: string): string | undefined =>
        new RegExp(`\\r\\n${name}: *([^\\r]*)\\r\\n`, "i").exec(head)?.[1];
      resolve({
        status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0),
        details: one("x-tollgate-details"),
        grpcStatus: one("grpc-status"),
      });
    };
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${bytes.slice(0, 200)}`)));
    socket.on("connect", () => socket.write(bytes, "latin1"));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (text.includes("\r\n\r\n")) finish();
    });
    // A listener that has seen enough may close while there is more to send.
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EPIPE" || error.code === "ECONNRESET" ? finish() : reject(error),
    );
    socket.on("end", finish);
  });
}

/** How an HTTP/2 listener answers a stream: with headers, whatever they say, or by ending stream or connection. */
export type StreamEnd = "answered" | "reset" | "closed";

/** Sends one HTTP/2 request whose header fields are exactly these, pseudo headers among them, repeated or not. */
export function sendHttp2(port: number, fields: Fields): Promise<StreamEnd> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    let seen: Buffer = Buffer.alloc(0);
    const finish = (end: StreamEnd): void => {
      socket.destroy();
      resolve(end);
    };
    socket.setTimeout(20_000, () => socket.destroy(new Error("no answer to an HTTP/2 request")));
    socket.on("connect", () => {
      socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      socket.write(Buffer.concat([frame(SETTINGS, 0, 0, Buffer.alloc(0)), ...headerFrames(fields)]));
    });
    socket.on("data", (chunk) => {
      seen = Buffer.concat([seen, chunk]);
      while (seen.length >= 9 && seen.length >= 9 + seen.readUIntBE(0, 3)) {
        const type = seen[3];
        seen = seen.subarray(9 + seen.readUIntBE(0, 3));
        if (type === HEADERS) return finish("answered");
        if (type === RST_STREAM) return finish("reset");
        if (type === GOAWAY) return finish("closed");
      }
    });
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EPIPE" || error.code === "ECONNRESET" ? finish("closed") : reject(error),
    );
    socket.on("end", () => finish("closed"));
  });
}

// RFC 9113, section 6.
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const GOAWAY = 7;
const CONTINUATION = 9;
const END_STREAM = 1;
const END_HEADERS = 4;
/** The largest frame that a peer must take. */
const MAX_FRAME = 16_384;

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function headerFrames(fields: Fields): Buffer[] {
  const block = Buffer.concat(fields.map(([name, value]) => literal(name, value)));
  const pieces = Array.from({ length: Math.max(1, Math.ceil(block.length / MAX_FRAME)) }, (_, i) =>
    block.subarray(i * MAX_FRAME, (i + 1) * MAX_FRAME),
  );
  return pieces.map((piece, i) => {
    const flags = (i === 0 ? END_STREAM : 0) | (i === pieces.length - 1 ? END_HEADERS : 0);
    return frame(i === 0 ? HEADERS : CONTINUATION, flags, 1, piece);
  });
}

/** A field that is neither looked up nor remembered (RFC 7541, section 6.2.2), without Huffman coding. */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

function text(bytes: string): Buffer {
  return Buffer.concat([length(bytes.length), Buffer.from(bytes, "latin1")]);
}

/** An integer with a prefix of seven bits (RFC 7541, section 5.1). */
function length(number: number): Buffer {
  if (number < 127) return Buffer.of(number);
  const bytes = [127];
  let rest = number - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return Buffer.of(...bytes, rest);
}
