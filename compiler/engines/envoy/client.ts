// The client's side: one connection for each request, written byte by byte, so that anything can be sent.
import net from "node:net";
import tls from "node:tls";
import type { Certificates, Credentials } from "../../../envoy/test-certificates/certificates.ts";
import type { Request } from "../../ir/interpret.ts";
import type { Headers } from "../engine.ts";
import { METADATA_HEADER, PEER_HEADER } from "./bootstrap.ts";
import { readHead } from "./head.ts";

/** An answer as it came. Texts are byte strings, names in lower case. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface Connection {
  readonly port: number;
  /** The PROXY protocol's line. */
  readonly proxy: string;
  readonly tls?: { readonly servername?: string; readonly credentials?: Credentials };
}

const PATIENCE_MS = 30_000;
const SOURCE_PORT = 50_000;

/** The connection on which a request says what it is. */
export async function connectionFor(
  { client, destination, sni, identity }: Request,
  port: number,
  certificates: Certificates,
): Promise<Connection> {
  const proxy = proxyLine(client, destination);
  // An empty name is none.
  if (!sni && !identity) return { port, proxy };
  const credentials = identity && (await issue(identity, certificates));
  return {
    port,
    proxy,
    tls: { ...(sni && { servername: sni }), ...(credentials && { credentials }) },
  };
}

const issued = new WeakMap<Certificates, Map<string, Promise<Credentials>>>();

/** Made once for each name. */
function issue(
  { uri, dns, subject }: NonNullable<Request["identity"]>,
  certificates: Certificates,
): Promise<Credentials> {
  const known = issued.get(certificates) ?? new Map<string, Promise<Credentials>>();
  issued.set(certificates, known);
  const key = JSON.stringify([uri, dns, subject]);
  const name = /^CN=([^,]+)/.exec(subject ?? "")?.[1] ?? `client-${known.size}`;
  const made =
    known.get(key) ??
    certificates.issue(name, {
      ...(uri !== undefined && { uris: [uri] }),
      ...(dns !== undefined && { dns: [dns] }),
    });
  known.set(key, made);
  return made;
}

/** Both ends in one family: an IPv4 address beside an IPv6 one is written as IPv4-mapped. */
function proxyLine(client: string | undefined, destination: Request["destination"]): string {
  if (client === undefined || !destination) return "PROXY UNKNOWN\r\n";
  const six = client.includes(":") || destination.address.includes(":");
  const text = (address: string): string => (six && !address.includes(":") ? `::ffff:${address}` : address);
  const ends = `${text(client)} ${text(destination.address)} ${SOURCE_PORT} ${destination.port}`;
  return `PROXY ${six ? "TCP6" : "TCP4"} ${ends}\r\n`;
}

/** Sends a request and reads its answer to the end of the connection. */
export function send({ port, proxy, tls: secure }: Connection, request: Request): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const plain = net.connect({ port, host: "127.0.0.1" });
    let text = "";
    const done = (): void => {
      const reply = replyIn(text);
      if (reply) resolve(reply);
      else reject(new Error("Envoy closed the connection without an answer"));
    };
    const talk = (socket: net.Socket): void => {
      socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
      socket.on("end", () => socket.destroy());
      socket.write(wireText(request), "latin1");
    };
    const failed = (error: Error): void => {
      plain.destroy();
      // Envoy may reset what it has answered before it read all of it.
      if (text === "") reject(error);
    };
    plain.setTimeout(PATIENCE_MS, () => plain.destroy(new Error("Envoy does not answer")));
    plain.on("error", failed);
    plain.on("close", done);
    plain.on("connect", () => {
      plain.write(proxy);
      if (!secure) {
        talk(plain);
        return;
      }
      const { servername, credentials } = secure;
      const socket = tls.connect({
        socket: plain,
        // Whom the client believes is nothing that policies ask.
        rejectUnauthorized: false,
        ...(servername !== undefined && { servername }),
        ...(credentials && { cert: credentials.cert, key: credentials.key }),
      });
      socket.on("error", failed);
      socket.on("secureConnect", () => talk(socket));
    });
  });
}

function wireText({ headers, peer, metadata }: Request): string {
  const one = (name: string): string => headers.find(([n]) => n === name)?.[1] ?? "";
  const pairs = metadata ? pairsOf(metadata, []) : "";
  const fields: Headers = [
    ["host", one(":authority")],
    ...headers.filter(([name]) => !name.startsWith(":")),
    ...(peer === undefined ? [] : [[PEER_HEADER, peer] as const]),
    ...(pairs === "" ? [] : [[METADATA_HEADER, pairs] as const]),
    ["connection", "close"],
  ];
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const body = "x".repeat(Number(one("content-length") || 0));
  return `${one(":method")} ${one(":path")} HTTP/1.1\r\n${head}\r\n${body}`;
}

/** Texts alone: what is none has no value for policies. */
function pairsOf(tree: unknown, at: readonly string[]): string {
  if (typeof tree === "string") {
    const encoded = at.map((name) => encodeURIComponent(name)).join("/");
    return `${encoded}=${encodeURIComponent(Buffer.from(tree, "latin1").toString("utf8"))}`;
  }
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) return "";
  return Object.entries(tree)
    .map(([name, value]) => pairsOf(value, [...at, name]))
    .filter((pair) => pair !== "")
    .join("&");
}

function replyIn(text: string): Reply | undefined {
  const head = readHead(text);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head?.first ?? "")?.[1];
  if (!head || status === undefined) return undefined;
  return { status: Number(status), headers: head.headers, body: head.rest };
}
