// A request sent byte by byte, for what Node's client would not send: odd paths, repeated framing headers.
import net from "node:net";

export interface RawAnswer {
  readonly status: number;
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
      resolve({ status, body: chunked ? unchunk(body) : body });
    });
  });
}

/** Answers without a length end with their connection. */
function isComplete(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
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
