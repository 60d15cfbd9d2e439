// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  certificates,
  eventually,
  httpServer,
  inBothEngines,
  nobody,
  type Certificates,
  type RunningProxy,
} from "../testing/index.ts";

let certs: Certificates;
let files: Record<string, string>;
beforeAll(async () => {
  certs = await certificates();
  files = {
    "filters/access-log/certs/server.pem": certs.server.certFile,
    "filters/access-log/certs/server.key": certs.server.keyFile,
    "filters/access-log/certs/ca.pem": certs.caFile,
  };
});
afterAll(() => certs.remove());

/** The lines so far, once there are so many. */
async function lines(proxy: RunningProxy, count: number): Promise<Record<string, unknown>[]> {
  const found = (): Record<string, unknown>[] =>
    proxy
      .logs()
      .map(({ message }) => message)
      .filter((message) => message.startsWith("{"))
      .map((message) => JSON.parse(message) as Record<string, unknown>);
  await eventually(() => expect(found()).toHaveLength(count));
  return found();
}

inBothEngines("access-log", (run) => {
  test("a line says what was asked, by whom, and what became of it", () =>
    run(
      { clusters: { upstream: httpServer((_, response) => response.end("twelve bytes")) }, files },
      async (proxy) => {
        await proxy.send({
          path: "/a/b?x=1",
          method: "POST",
          host: "shop.test",
          headers: { "user-agent": 'odd "agent"\t\\' },
          body: "seven b",
        });
        expect(await lines(proxy, 1)).toEqual([
          {
            plugin: "access-log",
            method: "POST",
            path: "/a/b",
            query: "x=1",
            host: "shop.test",
            protocol: "HTTP/1.1",
            user_agent: 'odd "agent"\t\\',
            status: 200,
            details: "via_upstream",
            request_bytes: 7,
            response_bytes: 12,
            client: "127.0.0.1",
            listener: "127.0.0.1",
            route: "everything",
            cluster: "upstream",
            answered: true,
          },
        ]);
      },
    ));

  test("an answer that no upstream gave says so", () =>
    run({ clusters: { upstream: nobody() }, files }, async (proxy) => {
      await proxy.send({ path: "/" });
      expect(await lines(proxy, 1)).toMatchObject([{ status: 503, cluster: "upstream" }]);
    }));

  test("a client that shows a certificate is named", () =>
    run({ clusters: { upstream: httpServer() }, files }, async (proxy) => {
      const { client, ca } = certs;
      const tls = { ca, cert: client.cert, key: client.key, servername: "example.test" };
      await proxy.send({ path: "/secure", tls }, "tls");
      expect(await lines(proxy, 1)).toMatchObject([
        {
          path: "/secure",
          tls: "TLSv1.3",
          mtls: true,
          peer_uri: "spiffe://tollgate/client",
          peer_subject: "CN=client,O=Tollgate",
        },
      ]);
    }));

  test("nothing is written where such lines are not logged", () =>
    run({ clusters: { upstream: httpServer() }, files, logLevel: "warn" }, async (proxy) => {
      await proxy.send({ path: "/" });
      expect(proxy.logs().filter(({ message }) => message.startsWith("{"))).toEqual([]);
    }));
});
