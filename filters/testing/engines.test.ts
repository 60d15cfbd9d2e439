// The Node host runs a bootstrap as Envoy does: the same expectations for both, on probe/envoy.yaml.
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  certificates,
  eventually,
  httpServer,
  inBothEngines,
  nobody,
  tcpServer,
  type Certificates,
  type HttpTestServer,
  type RunOptions,
  type TestServer,
} from "./index.ts";

let tls: Certificates;
beforeAll(async () => void (tls = await certificates()));
afterAll(() => tls.remove());

/** All but one thing as it stands in the file. */
function options(clusters: Record<string, TestServer> = {}, more: Partial<RunOptions> = {}): RunOptions {
  return {
    clusters: { a: nobody(), b: nobody(), tcp: nobody(), ...clusters },
    files: {
      "certs/server.pem": tls.server.certFile,
      "certs/server.key": tls.server.keyFile,
      "certs/ca.pem": tls.caFile,
    },
    ...more,
  };
}

/** Says its name. */
function named(name: string): HttpTestServer {
  return httpServer((_request, response) => response.end(name));
}

const NOTHING = { status: 404, body: "" };

inBothEngines("testing/probe", (run) => {
  test("a table's routes, first match first, after the filters", () =>
    run(options({ a: named("a"), b: named("b") }), async (proxy) => {
      const chain = "[second][first]";
      const get = async (path: string, headers: Record<string, string> = {}, host = "x.test") => {
        const { status, body } = await proxy.send({ path, headers, host });
        return { status, body };
      };
      expect(await get("/", {}, "one.test")).toEqual({ status: 200, body: `one${chain}` });
      expect(await get("/", {}, "ONE.test")).toEqual({ status: 200, body: `one${chain}` });
      expect(await get("/", {}, "test")).toEqual(NOTHING);
      expect(await get("/", {}, ".test")).toEqual(NOTHING);
      expect(await get("/exact?query")).toEqual({ status: 201, body: "" });
      expect(await get("/12")).toEqual({ status: 202, body: `digits${chain}` });
      expect(await get("/12a", { "x-not": "!" })).toEqual({ status: 200, body: `a${chain}` });
      expect(await get("/prefix/x")).toEqual({ status: 203, body: `prefix${chain}` });
      expect(await get("/prefix?x")).toEqual({ status: 203, body: `prefix${chain}` });
      expect(await get("/prefixed")).toEqual({ status: 200, body: `a${chain}` });
      expect(await get("/chosen", { "x-cluster": "b" })).toEqual({ status: 200, body: `b${chain}` });
      expect(await get("/chosen", { "x-cluster": "none" })).toEqual({ status: 503, body: "" });
      expect(await get("/", { "x-variant": "b" })).toEqual({ status: 200, body: `b${chain}` });
      expect(await get("/", { "x-variant": "c" })).toEqual({ status: 404, body: `no such variant${chain}` });
      expect(await get("/", { "x-not": "?" })).toEqual({ status: 400, body: `inverted${chain}` });
      // The second filter adds `x-variant: b`.
      expect(await get("/header")).toEqual({ status: 200, body: `b${chain}` });
    }));

  test("filters see requests in order and responses in reverse, bodies and trailers too", () => {
    const a = httpServer((request, response) => {
      response.setHeader("trailer", "x-sum");
      response.write(request.body);
      response.addTrailers({ "x-sum": "3" });
      response.end();
    });
    return run(options({ a }), async (proxy) => {
      const answer = await proxy.send({
        path: "/x",
        host: "x.test",
        body: ["one"],
        trailers: { "x-t": "1" },
      });
      expect(a.requests[0]).toMatchObject({
        body: "one(first)(second)",
        trailers: [
          ["x-t", "1"],
          ["x-seen", "first"],
          ["x-seen", "second"],
        ],
      });
      expect(a.requests[0]?.header("x-seen")).toBe("first, second");
      expect(answer.header("x-seen")).toBe("second, first");
      expect(answer.body).toBe("one(first)(second)[second][first]");
      expect(answer.trailers).toEqual([
        ["x-sum", "3"],
        ["x-seen", "second"],
        ["x-seen", "first"],
      ]);
    });
  });

  test("headers that wait for the body while it is shown to the filter", () => {
    const a = httpServer();
    return run(options({ a }), async (proxy) => {
      const answer = await proxy.send({ path: "/late", host: "x.test", body: ["one ", "two"] });
      expect(answer.status).toBe(200);
      expect(a.requests).toHaveLength(1);
      expect(a.requests[0]).toMatchObject({
        body: expect.stringMatching(/^one .*two.*\(second\)$/) as unknown,
      });
      expect(a.requests[0]?.header("x-body")).toMatch(/^one .*two/);
    });
  });

  test("who is started where, with which configuration", () =>
    run(options({}, { concurrency: 2 }), async (proxy) => {
      await proxy.logged("tick service");
      // list: [1, "", null, {deep: true}], serialised
      const struct =
        "0a2d0a046c697374122532230a0911000000000000f03f0a021a000a0208000a0e2a0c0a0a0a046465657012022001";
      const text = Buffer.from("text").toString("hex");
      const configured = (): string[] =>
        proxy
          .logs()
          .filter(({ message }) => message.startsWith("configure"))
          .map(({ message }) => message.replace(/^configure /, ""))
          .sort();
      expect(proxy.logs()).toContainEqual({
        level: "info",
        message: "start first vm=vm env=COLOUR=blue SIZE=7",
      });
      // A canary each, then the main thread and two workers; the shared VM's plugins in the order of the file.
      const each = (line: string, alone: string): string[] => [alone, line, line, line];
      await eventually(() =>
        expect(configured()).toEqual(
          [
            ...each(`first  shared 1 ${struct}`, `first  shared 1 ${struct}`),
            ...each(`second two shared 2 ${text}`, `second two shared 1 ${text}`),
            ...each("network  shared 3 ", "network  shared 1 "),
            ...["service  service 1 ", "service  service 1 "],
          ].sort(),
        ),
      );
      expect((await proxy.stats())["configured"]).toBe(14);
    }));

  test("the value of a histogram is how often it was recorded", () =>
    run(options(), async (proxy) => {
      for (let i = 0; i < 3; i++) await proxy.send({ path: "/exact", host: "x.test" });
      await eventually(async () => expect((await proxy.stats())["path_size"]).toBe(6));
    }));

  test("a trap costs its request only, and takes the VM's other plugin along", () =>
    run(options({ a: named("a") }), async (proxy) => {
      expect(await proxy.send({ path: "/", host: "x.test" })).toMatchObject({ status: 200 });
      expect(await proxy.send({ path: "/trap", host: "x.test" })).toMatchObject({ status: 503 });
      // `first` has no FAIL_RELOAD: it fails closed.
      expect(await proxy.send({ path: "/", host: "x.test" })).toMatchObject({ status: 503 });
    }));

  test("a route's timeout", () => {
    const a = httpServer(() => {});
    return run(options({ a }), async (proxy) => {
      expect(await proxy.send({ path: "/slow", host: "x.test" })).toMatchObject({
        status: 504,
        body: "upstream request timeout[second][first]",
      });
    });
  });

  test("TLS: who the client is", () => {
    const a = httpServer();
    return run(options({ a }), async (proxy) => {
      const { ca } = tls;
      const seen = async (credentials: { cert?: string; key?: string }, listener?: string) => {
        const secured =
          listener === "secure" ? { tls: { ca, servername: "example.test", ...credentials } } : {};
        await proxy.send({ path: "/properties", host: "x.test", ...secured }, listener);
        const value = a.requests.at(-1)?.header("x-properties-first") ?? "";
        return Object.fromEntries(
          value.split("; ").map((pair) => pair.split(/=(.*)/s).slice(0, 2)),
        ) as object;
      };
      const route = {
        "xds.route_name": "to-a",
        "xds.virtual_host_name": "suffix",
        "xds.cluster_name": "a",
        "xds.filter_chain_name": "",
      };
      const nothing = {
        "connection.mtls": "0",
        "connection.requested_server_name": "",
        "connection.tls_version": "-",
        "connection.subject_local_certificate": "-",
        "connection.subject_peer_certificate": "-",
        "connection.dns_san_local_certificate": "-",
        "connection.dns_san_peer_certificate": "-",
        "connection.uri_san_peer_certificate": "-",
        "connection.sha256_peer_certificate_digest": "-",
        "request.scheme": "http",
        ...route,
      };
      const server = {
        "connection.requested_server_name": "example.test",
        "connection.tls_version": "TLSv1.3",
        "connection.subject_local_certificate": "CN=example.test,O=Tollgate",
        "connection.dns_san_local_certificate": "example.test",
        "request.scheme": "https",
      };
      expect(await seen({})).toEqual(nothing);
      expect(await seen({}, "secure")).toEqual({
        ...nothing,
        ...server,
        "connection.subject_peer_certificate": "",
      });
      const digest = new X509Certificate(tls.client.cert).fingerprint256.replaceAll(":", "").toLowerCase();
      expect(await seen(tls.client, "secure")).toEqual({
        ...nothing,
        ...server,
        "connection.mtls": "1",
        "connection.subject_peer_certificate": "CN=client,O=Tollgate",
        "connection.dns_san_peer_certificate": "client.test",
        "connection.uri_san_peer_certificate": "spiffe://tollgate/client",
        "connection.sha256_peer_certificate_digest": digest,
      });
    });
  });

  test("TCP: both directions pass the filter", () => {
    const server = tcpServer();
    return run(options({ tcp: server }), async (proxy) => {
      const client = await proxy.connect("tcp");
      client.write("hello");
      expect(await client.until(">")).toBe("<HELLO>");
      client.end();
      expect(await client.closed()).toBe("<HELLO>");
      expect(server.received).toBe("HELLO");
      await proxy.logged("connection network");
    });
  });

  test("a configuration that a plugin refuses", () =>
    run.refused(options({}, { edit: (yaml) => yaml.configure("second", "refuse") }), (why) => {
      expect(why).toContain(`configure second two shared 1 ${Buffer.from("refuse").toString("hex")}`);
    }));

  test("a route to a cluster that is not there", () =>
    run.refused(
      options(
        {},
        {
          edit: (yaml) => {
            const routes = [
              "static_resources",
              "listeners",
              0,
              "filter_chains",
              0,
              "filters",
              0,
              "typed_config",
            ];
            const route = [...routes, "route_config", "virtual_hosts", 1, "routes", 8, "route", "cluster"];
            yaml.set(route, "a", "nowhere");
          },
        },
      ),
      (why) => expect(why).toContain("nowhere"),
    ));
});
