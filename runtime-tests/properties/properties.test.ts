// Every accessor in every phase, in a real Envoy and in the Node host, against what its documentation says.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { compile } from "../../filters/runtime/testing/compile.ts";
import {
  certificates,
  inBothEngines,
  nobody,
  type Certificates,
  type RunningProxy,
  type TestServer,
} from "../../filters/testing/index.ts";
import { differences, filterObjectRows, PHASES, streamRows, type Exchange } from "./table.ts";
import { clearUpstream, forTheHost, secureUpstream } from "./upstreams.ts";

let pems: Certificates;
beforeAll(async () => (pems = await certificates()));
afterAll(() => pems.remove());

/** What was logged in a phase, by property; those without a value are there with undefined. */
function read(proxy: RunningProxy, from: number, phase: string): Map<string, string | undefined> {
  const values = new Map<string, string | undefined>();
  for (const { message } of proxy.logs().slice(from)) {
    const [, at, property = "", value] = /^(\S+) ([^=]*)(?:=(.*))?$/s.exec(message) ?? [];
    if (at === phase) values.set(property, value);
  }
  return values;
}

inBothEngines("../runtime-tests/assembly/properties", (run, engine) => {
  const started = (
    clusters: Record<string, TestServer>,
    body: (proxy: RunningProxy) => Promise<void>,
  ): Promise<void> =>
    run(
      {
        clusters,
        files: {
          "certs/ca.pem": pems.caFile,
          "certs/server.pem": pems.server.certFile,
          "certs/server.key": pems.server.keyFile,
          "certs/client.pem": pems.client.certFile,
          "certs/client.key": pems.client.keyFile,
        },
        ...(engine === "host" ? { edit: forTheHost } : {}),
      },
      body,
    );

  test.each([
    ["in the clear", false],
    ["over mutual TLS", true],
  ])("%s every property has the values that its accessor says, when it says", async (_, over) => {
    const upstreams = {
      clear: clearUpstream(),
      secure: engine === "envoy" ? secureUpstream(pems) : clearUpstream(),
    };
    await started(upstreams, async (proxy) => {
      const from = proxy.logs().length;
      const listener = over ? "tls" : "clear";
      const answer = await proxy.send(
        {
          path: "/a%20b/c?x=1&y=2",
          host: "example.test:81",
          headers: { "x-twice": ["1", "2"], referer: "http://referer.test/", "user-agent": "agent/1" },
          body: ["hello ", "world"],
          ...(over
            ? {
                tls: {
                  ca: pems.ca,
                  cert: pems.client.cert,
                  key: pems.client.key,
                  servername: "example.test",
                },
              }
            : {}),
        },
        listener,
      );
      expect(answer).toMatchObject({ status: 200, body: "answer" });
      await proxy.logged(/^log upstream_filter_state\.probe\.address\.ip/);
      const exchange: Exchange = {
        secure: over,
        port: proxy.port(listener),
        upstreamPort: upstreams[over ? "secure" : "clear"].port,
        clientCertificate: pems.client.cert,
        serverCertificate: pems.server.cert,
      };
      const rows = streamRows(engine, over);
      for (const [at, phase] of PHASES.entries())
        expect([phase, ...differences(read(proxy, from, phase), rows, at, exchange)]).toEqual([phase]);
    });
  });

  test("on the filter object there are the plugin's properties and, in Envoy, the node's, and no others", () =>
    started({ clear: nobody(), secure: nobody() }, async (proxy) => {
      await proxy.logged(/^configure upstream_filter_state\.probe\.address\.ip/);
      const values = read(proxy, 0, "configure");
      const rows = filterObjectRows(engine);
      const there = new Map([...values].filter(([, value]) => value !== undefined));
      expect([...there.keys()].sort()).toEqual(rows.map(([property]) => property).sort());
      for (const [property, , value] of rows)
        expect([property, there.get(property)]).toEqual([property, value]);
      expect(values.size).toBeGreaterThan(100);
    }));

  test("where the upstream cannot be reached the flags say so, and Envoy why", () =>
    started({ clear: nobody(), secure: nobody() }, async (proxy) => {
      const from = proxy.logs().length;
      expect((await proxy.send({ path: "/" })).status).toBe(503);
      await proxy.logged(/^log upstream_filter_state\.probe\.address\.ip/);
      const log = read(proxy, from, "log");
      const properties = ["response.code", "response.flags", "response.grpc_status"];
      expect(properties.map((property) => log.get(property))).toEqual(["503", "32", "14"]);
      expect(log.get("response.code_details")).toMatch(
        /^upstream_reset_before_response_started\{remote_connection_failure/,
      );
      expect(log.get("response.backend_latency")).toBeUndefined();
      if (engine === "host") return;
      expect(log.get("upstream.address")).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
      expect(log.get("upstream.transport_failure_reason")).toContain("Connection refused");
      expect(log.get("upstream.request_attempt_count")).toBe("1");
      expect(log.get("upstream.local_address")).toBeUndefined();
    }));
});

describe("the accessors", () => {
  test("are all asked for by the probe", async () => {
    const probe = await readFile("runtime-tests/assembly/properties/index.ts", "utf8");
    const index = await readFile("sdk/properties/index.ts", "utf8");
    const groups = [...index.matchAll(/import \* as (\w+) from "\.\/([\w-]+)"/g)];
    expect(groups).toHaveLength(11);
    for (const [, group = "", file = ""] of groups) {
      const source = await readFile(`sdk/properties/${file}.ts`, "utf8");
      for (const [, accessor = ""] of source.matchAll(/export function (\w+)/g))
        expect(probe).toContain(`${group}.${accessor}(`);
    }
  });

  test("that are not called cost nothing", async () => {
    const wasm = Buffer.from(await compile("runtime-tests/assembly/properties/one.ts", "filter"));
    const has = (path: string): boolean => wasm.includes(Buffer.from(path, "utf16le"));
    expect(has("request")).toBe(true);
    for (const other of ["url_path", "connection", "upstream", "xds", "metadata", "plugin"])
      expect([other, has(other)]).toEqual([other, false]);
  });
});
