// Connections that the proxy answers without a request: what clients do with them harms nobody else, and they end.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { connect, type Socket } from "node:net";
import { send, startUpstream, until, type TestUpstream } from "../testing/servers.ts";
import { startProxy, type Proxy } from "./index.ts";

let upstream: TestUpstream;
let proxy: Proxy;
const clients: Socket[] = [];

beforeEach(async () => {
  upstream = await startUpstream();
  proxy = await startProxy({ upstream: upstream.url, port: 0 });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  await upstream.close();
  await until(() => sockets() === 0);
});

/** A client that reads the answer and then keeps its side of the connection open. */
function halfOpen(bytes: string): Promise<{ client: Socket; answer: string }> {
  return new Promise((resolve, reject) => {
    const client = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true }, () =>
      client.write(bytes),
    );
    clients.push(client);
    let answer = "";
    client.setEncoding("latin1");
    client.on("data", (chunk: string) => (answer += chunk));
    client.on("end", () => resolve({ client, answer })).on("error", reject);
  });
}

const sockets = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "TCPSocketWrap").length;

const connectRequest = "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n";

test("a reset after CONNECT concerns that connection alone", async () => {
  for (let i = 0; i < 20; i++) {
    const client = connect(proxy.port, "127.0.0.1", () => client.write(connectRequest));
    clients.push(client);
    await new Promise((resolve) => client.once("data", resolve));
    client.resetAndDestroy();
  }
  const answer = await send(proxy.port, "/");
  expect(answer.status).toBe(200);
});

test.each([
  ["CONNECT", connectRequest, "501 Not Implemented"],
  ["what is no request", "nonsense\r\n\r\n", "400 Bad Request"],
  ["headers without end", `GET / HTTP/1.1\r\nx: ${"a".repeat(70_000)}\r\n\r\n`, "431 Request Header"],
])(
  "%s is answered, and the connection ends although the client never closes it",
  async (_, bytes, status) => {
    const before = sockets();
    const opened = await Promise.all(Array.from({ length: 5 }, () => halfOpen(bytes)));
    for (const { answer } of opened) expect(answer).toContain(`HTTP/1.1 ${status}`);
    // The clients' own sockets are left.
    await until(() => sockets() <= before + opened.length);
  },
);
