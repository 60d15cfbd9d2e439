// Which repeated request headers a real Envoy joins before any filter sees them. host/ must do the same.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import http2 from "node:http2";
import { startRig } from "./test-rig.ts";
import type { Rig } from "./test-rig.ts";

let rig: Rig | undefined;
beforeAll(async () => {
  rig = await startRig([{ name: "main" }]);
});
afterAll(() => rig?.stop());

// Headers for which Envoy has a field of its own hold one value: "v1,v2".
const JOINED = `accept accept-encoding access-control-request-headers access-control-request-method
  access-control-request-private-network authorization cache-control content-encoding content-type
  grpc-accept-encoding grpc-timeout if-match if-modified-since if-none-match if-range if-unmodified-since origin
  pragma referer user-agent via x-client-trace-id x-envoy-attempt-count x-envoy-decorator-operation
  x-envoy-downstream-service-cluster x-envoy-downstream-service-node x-envoy-external-address
  x-envoy-is-timeout-retry x-envoy-original-host x-envoy-original-path x-forwarded-for x-forwarded-host
  x-forwarded-port x-forwarded-proto x-request-id`.split(/\s+/);

const SEPARATE =
  `accept-charset accept-language access-control-allow-origin baggage content-language cookie date dnt
  etag expires forwarded from grpc-encoding grpc-message grpc-status link location max-forwards priority
  proxy-authorization range sec-fetch-mode server set-cookie traceparent tracestate vary warning www-authenticate
  x-api-key x-b3-traceid x-envoy-original-dst-host x-forwarded-scheme x-ot-span-context x-real-ip x-role
  x-tollgate-cluster x-user`.split(/\s+/);

// Gone before the first filter: hop-by-hop, or reserved for Envoy itself where the client is not internal.
const REMOVED =
  `connection keep-alive proxy-connection upgrade x-forwarded-client-cert x-envoy-expected-rq-timeout-ms
  x-envoy-force-trace x-envoy-internal x-envoy-max-retries x-envoy-retry-on x-envoy-upstream-alt-stat-name
  x-envoy-upstream-rq-timeout-ms`.split(/\s+/);

async function sentTwice(name: string, first = "v1", second = "v2"): Promise<string[]> {
  const { status, upstream } = await (rig as Rig).raw(
    "main",
    `GET / HTTP/1.1\r\nHost: h\r\n${name}: ${first}\r\n${name}: ${second}\r\nConnection: close\r\n\r\n`,
  );
  expect({ name, status }).toEqual({ name, status: 200 });
  return (upstream?.headers ?? []).filter(([key]) => key === name).map(([, value]) => value);
}

test("over HTTP/1.1 these are joined by a comma, without a space", async () => {
  if (rig === undefined) return;
  for (const name of JOINED) expect([name, ...(await sentTwice(name))]).toEqual([name, "v1,v2"]);
});

test("over HTTP/1.1 these stay apart, cookies among them", async () => {
  if (rig === undefined) return;
  for (const name of SEPARATE) expect([name, ...(await sentTwice(name))]).toEqual([name, "v1", "v2"]);
});

test("these never arrive", async () => {
  if (rig === undefined) return;
  for (const name of REMOVED) expect([name, ...(await sentTwice(name))]).toEqual([name]);
  expect(await sentTwice("te", "trailers", "gzip")).toEqual(["trailers"]);
});

test("a repeated host is joined too; a repeated length or encoding is refused", async () => {
  if (rig === undefined) return;
  const twice = (header: string) =>
    (rig as Rig).raw("main", `GET / HTTP/1.1\r\nHost: a\r\n${header}Connection: close\r\n\r\n`);
  const hosts = (await twice("Host: b\r\n")).upstream?.headers.filter(([key]) => key === "host");
  expect(hosts).toEqual([["host", "a,b"]]);
  expect(await twice("content-length: 0\r\ncontent-length: 0\r\n")).toMatchObject({
    details: "http1.codec_error",
  });
  expect(await twice("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n")).toMatchObject({
    status: 501,
    details: "http1.invalid_transfer_encoding",
  });
});

test("over HTTP/2 the same, but cookies become one, joined by `; `", async () => {
  if (rig === undefined) return;
  const session = http2.connect(`http://127.0.0.1:${rig.envoy.ports.get("main")}`);
  const request = session.request({ cookie: ["a=1", "b=2"], "x-user": ["u1", "u2"], accept: ["x/1", "x/2"] });
  const chunks: string[] = [];
  request.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  await new Promise((resolve) => request.on("close", resolve));
  session.destroy();
  const { headers } = JSON.parse(chunks.join("")) as { headers: [string, string][] };
  const of = (name: string) => headers.filter(([key]) => key === name).map(([, value]) => value);
  expect(of("cookie")).toEqual(["a=1; b=2"]);
  expect(of("x-user")).toEqual(["u1", "u2"]);
  expect(of("accept")).toEqual(["x/1,x/2"]);
});
