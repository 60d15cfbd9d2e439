// A request sent byte by byte, for what Node's client would not send: odd paths, repeated framing headers.
import net from "node:net";

import type { HeaderList } from "./http-client.ts";

export interface RawAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: HeaderList;
  readonly body: string;
}

/** Sends `request` (a byte a character) on a connection of its own; the request must ask to close it. */
export function sendRaw(port: number, request: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = net.connect(port, "127.0.0.1", () => socket.write(request, "latin1"));
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${JSON.stringify(request)}`)));
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      // After a refusal Envoy waits a second for the client to hang up first.
      if (isComplete(Buffer.concat(chunks).toString("latin1"))) socket.end();
    });
    socket.on("error", reject);
    socket.on("close", () => {
      const text = Buffer.concat(chunks).toString("latin1");
      const split = text.indexOf("\r\n\r\n");
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
      const chunked = /\r\ntransfer-encoding: chunked/i.test(text.slice(0, split));
      const body = text.slice(split + 4);
      const headers = text
        .slice(0, split)
        .split("\r\n")
        .slice(1)
        .map((line): [string, string] => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        });
      resolve({ status, headers, body: chunked ? unchunk(body) : body });
    });
  });
}

/** Answers without a length end with their connection, but for those that have no body. */
function isComplete(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end >= 0 && /^HTTP\/1\.1 204/.test(answer)) return true;
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(answer.slice(0, end + 2))?.[1];
  return end >= 0 && length !== undefined && answer.length >= end + 4 + Number(length);
}

function unchunk(text: string): string {
  let rest = text;
  let whole = "";
  for (;;) {
    const line = rest.indexOf("\r\n");
    const size = parseInt(rest.slice(0, line), 16);
    if (line < 0 || !(size > 0)) return whole;
    whole += rest.slice(line + 2, line + 2 + size);
    rest = rest.slice(line + 4 + size);
  }
}
