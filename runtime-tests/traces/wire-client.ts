// The client's side, byte by byte, so that both proxies are sent exactly the same in the same pieces.
import net from "node:net";
import { bodyText, headerLines, plain, type ObservedAnswer } from "./observed.ts";
import type { Pairs, TraceConnection, TraceRequest } from "./trace.ts";

/** Resolves when the proxy has seen everything that was sent before. */
export type Settle = () => Promise<void>;

const PATIENCE_MS = 5_000;

/** Sends a request and waits for its answer. */
export async function exchange(
  port: number,
  request: TraceRequest,
  settle: Settle,
  others: (request: TraceRequest) => Promise<unknown>,
): Promise<ObservedAnswer> {
  const socket = net.connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  const chunks: Buffer[] = [];
  let parsed: ParsedAnswer | undefined;
  let closed = false;
  const over = new Promise<void>((resolve) => {
    const look = (): void => {
      parsed = parseAnswer(Buffer.concat(chunks), request.method === "HEAD", closed);
      if (closed || parsed?.complete === true) resolve();
    };
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      look();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      closed = true;
      look();
    });
  });
  const timer = setTimeout(() => socket.destroy(), request.patience ?? PATIENCE_MS);
  await write(socket, request, settle);
  for (const other of request.meanwhile ?? []) await others(other);
  if (request.truncated === true) {
    await settle();
    socket.destroy();
  }
  await over;
  clearTimeout(timer);
  socket.destroy();
  const { status = 0, headers = [], body = Buffer.alloc(0), trailers = [] } = parsed ?? {};
  const unanswered = chunks.length === 0 && !socket.readableEnded;
  const end = parsed?.complete === true ? "complete" : unanswered ? "none" : "cut";
  return {
    end,
    status,
    headers: headerLines(headers),
    body: bodyText(body),
    trailers: headerLines(trailers),
  };
}

async function write(socket: net.Socket, request: TraceRequest, settle: Settle): Promise<void> {
  const { method = "GET", path = "/", headers = [], trailers = [] } = request;
  const body = request.fill !== undefined ? "x".repeat(request.fill) : request.body;
  const chunked = Array.isArray(body) || trailers.length > 0;
  const all: (readonly [string, string])[] = headers.some(([name]) => name.toLowerCase() === "host")
    ? [...headers]
    : [["host", "trace.test"], ...headers];
  if (trailers.length > 0) all.push(["te", "trailers"]);
  if (chunked) all.push(["transfer-encoding", "chunked"]);
  else if (typeof body === "string") all.push(["content-length", String(body.length)]);
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const pieces = [`${method} ${path} HTTP/1.1\r\n${lines}\r\n`];
  if (chunked) {
    const list: readonly string[] = body === undefined ? [] : typeof body === "string" ? [body] : body;
    for (const chunk of list) pieces.push(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    const end = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    if (request.truncated !== true) pieces.push(`0\r\n${end}\r\n`);
  } else if (typeof body === "string" && body !== "") {
    pieces.push(request.truncated === true ? body.slice(0, Math.ceil(body.length / 2)) : body);
  }
  const wire = request.together === true ? [pieces.join("")] : pieces;
  for (const [index, piece] of wire.entries()) {
    if (index > 0) await settle();
    if (index > 0 && request.pause !== undefined)
      await new Promise((resolve) => setTimeout(resolve, request.pause));
    if (socket.destroyed) return;
    socket.write(piece, "latin1");
  }
  if ((request.meanwhile ?? []).length > 0) await settle();
}

interface ParsedAnswer {
  status: number;
  headers: Pairs;
  body: Buffer;
  trailers: Pairs;
  complete: boolean;
}

function parseAnswer(bytes: Buffer, isHead: boolean, closed: boolean): ParsedAnswer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const lines = bytes.toString("latin1", 0, end).split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(lines[0] ?? "")?.[1] ?? 0);
  if (status === 100) return parseAnswer(bytes.subarray(end + 4), isHead, closed);
  const headers = lines.slice(1).map(pair);
  const get = (name: string): string | undefined =>
    headers.find(([other]) => other.toLowerCase() === name)?.[1];
  const rest = bytes.subarray(end + 4);
  const none = { status, headers, body: Buffer.alloc(0), trailers: [] };
  if (isHead || status === 204 || status === 304) return { ...none, complete: true };
  if (get("transfer-encoding") === "chunked") return { ...none, ...unchunk(rest) };
  const length = get("content-length");
  if (length === undefined) return { ...none, body: rest, complete: closed };
  return { ...none, body: rest.subarray(0, Number(length)), complete: rest.length >= Number(length) };
}

function pair(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function unchunk(bytes: Buffer): Pick<ParsedAnswer, "body" | "trailers" | "complete"> {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const line = bytes.indexOf("\r\n", at);
    const size = line < 0 ? NaN : parseInt(bytes.toString("latin1", at, line), 16);
    const body = Buffer.concat(chunks);
    if (Number.isNaN(size)) return { body, trailers: [], complete: false };
    if (size === 0) {
      const end = bytes.indexOf("\r\n\r\n", line);
      const trailers = end < 0 ? "" : bytes.toString("latin1", line + 2, end);
      return {
        body,
        trailers: trailers === "" ? [] : trailers.split("\r\n").map(pair),
        complete: end >= 0,
      };
    }
    chunks.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 4 + size;
    if (at > bytes.length) return { body: Buffer.concat(chunks), trailers: [], complete: false };
  }
}

/** A TCP client's connection: what it received, and how that ended. */
export async function converse(
  port: number,
  { sends, end = true, patience = PATIENCE_MS }: TraceConnection,
  settle: Settle,
): Promise<{ received: string; end: string }> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.setNoDelay(true);
  let received = "";
  let how = "none";
  socket.setEncoding("latin1");
  const over = new Promise<void>((resolve) => {
    socket.on("data", (chunk: string) => (received += chunk));
    socket.on("end", () => {
      how = "ended";
      resolve();
    });
    // A reset rather than an end says that something was left unread, which is a matter of time.
    socket.on("error", () => (how = "ended"));
    socket.on("close", () => resolve());
  });
  const timer = setTimeout(() => socket.destroy(), patience);
  for (const piece of sends) {
    if (socket.destroyed || how !== "none") break;
    socket.write(piece, "latin1");
    await settle();
  }
  if (end) socket.end();
  await over;
  clearTimeout(timer);
  socket.destroy();
  return { received: plain(received), end: how };
}
