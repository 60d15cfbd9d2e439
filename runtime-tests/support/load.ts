// Requests without a pause, over connections that stay open: HTTP/1.1 and HTTP/2.
import http from "node:http";
import http2 from "node:http2";
import { send, type HeaderList } from "./http-client.ts";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Load {
  /** How many requests were answered so far. */
  readonly answered: number;
  /** Ends the load when the requests under way are answered; throws the first error there was. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** Clients on a connection each, one request at a time. */
  readonly http1: number;
  /** Clients that share one connection, one stream at a time each. */
  readonly http2: number;
  /** What every request has; `host` among them. */
  readonly headers: HeaderList;
}

/** Sends `GET /` to a port of 127.0.0.1 until it is stopped. `look` is called before each request, what it returns with the answer. */
export function startLoad(
  port: number,
  { http1, http2: streams, headers }: LoadOptions,
  look: () => (answer: Answer) => void,
): Load {
  const agent = new http.Agent({ keepAlive: true, maxSockets: http1 });
  const session = streams > 0 ? http2.connect(`http://127.0.0.1:${port}`) : undefined;
  let answered = 0;
  let going = true;
  const client = async (ask: () => Promise<Answer>): Promise<void> => {
    while (going) {
      const judge = look();
      judge(await ask());
      answered++;
    }
  };
  const overHttp1 = (): Promise<Answer> => send(port, { method: "GET", path: "/", headers }, agent);
  const overHttp2 = (): Promise<Answer> => {
    if (!session) throw new Error("no session");
    return request(session, headers);
  };
  const clients = Promise.all([
    ...Array.from({ length: http1 }, () => client(overHttp1)),
    ...Array.from({ length: streams }, () => client(overHttp2)),
  ]);
  // Seen when it is stopped; the others go on until then.
  const ended = Promise.allSettled([clients]);
  return {
    get answered() {
      return answered;
    },
    stop: async () => {
      going = false;
      await ended;
      agent.destroy();
      session?.destroy();
      await clients;
    },
  };
}

function request(session: http2.ClientHttp2Session, headers: HeaderList): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const own: http2.OutgoingHttpHeaders = { ":path": "/" };
    for (const [name, value] of headers) own[name === "host" ? ":authority" : name] = value;
    const stream = session.request(own);
    let status = 0;
    let body = "";
    stream.setEncoding("utf8");
    stream.on("response", (head) => (status = Number(head[":status"])));
    stream.on("data", (chunk: string) => (body += chunk));
    stream.on("error", reject);
    stream.on("end", () => resolve({ status, body }));
    stream.end();
  });
}
