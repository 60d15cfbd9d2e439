// One HTTP/1.1 request, as exactly as Node lets one be sent: repeated headers stay repeated, the path stays as written, and
// the connection can come from any loopback address.
import http from "node:http";

/** Names and values in order; names may repeat. Values are byte strings. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** All headers, `host` among them. */
  readonly headers: HeaderList;
  /** The client's own address, such as 127.0.0.9. */
  readonly from?: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: HeaderList;
  readonly body: string;
}

/** Sends a request to a port of 127.0.0.1 on a connection of its own, or on one of the agent's. */
export function send(port: number, request: HttpRequest, agent?: http.Agent): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = http.request({
      host: "127.0.0.1",
      port,
      method: request.method,
      path: request.path,
      // Node documents this form (as `rawHeaders`); its types lag behind.
      headers: request.headers.flat() as unknown as http.OutgoingHttpHeaders,
      agent: agent ?? false,
      timeout: 20_000,
      ...(request.from !== undefined && { localAddress: request.from }),
    });
    outgoing.on("error", reject);
    outgoing.on("timeout", () =>
      outgoing.destroy(new Error(`no answer to ${request.method} ${request.path}`)),
    );
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: pairs(response.rawHeaders),
          body: Buffer.concat(chunks).toString("utf8"),
        });
      });
    });
    outgoing.end();
  });
}

/** Node's flat list as pairs, names in lower case. */
export function pairs(rawHeaders: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    result.push([(rawHeaders[i] as string).toLowerCase(), rawHeaders[i + 1] as string]);
  }
  return result;
}
