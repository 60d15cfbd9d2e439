// The host's proxy shows a filter what an Envoy listener would: the same requests through both, with a filter that reads
// nothing, and what arrives upstream compared. Policies mean the same in both only if this holds.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { bootstrap, startEnvoy, type RunningEnvoy } from "../envoy/index.ts";
import { envoyForTests } from "../envoy/testing.ts";
import { startProxy, type Proxy } from "../host/index.ts";
import { startEchoUpstream, type EchoUpstream, type Seen } from "./support/echo-upstream.ts";
import { sendRaw } from "./support/raw-http.ts";

let upstream: EchoUpstream;
let proxy: Proxy;
let envoy: RunningEnvoy | undefined;
let directory: string;

beforeAll(async () => {
  upstream = await startEchoUpstream();
  proxy = await startProxy({ upstream: upstream.url, port: 0 });
  directory = await mkdtemp(path.join(os.tmpdir(), "tollgate-test-"));
  const envoyPath = await envoyForTests();
  if (envoyPath === undefined) return;
  const listeners = [{ name: "plain", port: 0, upstream: upstream.url, filters: [] }];
  envoy = await startEnvoy({
    envoy: envoyPath,
    directory,
    bootstrap: bootstrap({ listeners }),
    concurrency: 1,
  });
});

afterAll(async () => {
  await envoy?.stop();
  await proxy.close();
  await upstream.close();
  await rm(directory, { recursive: true, force: true });
});

/** Status, and what the upstream saw of the request, where it got there. */
async function seenThrough(port: number, request: string): Promise<unknown> {
  const { status, body } = await sendRaw(port, request);
  // In which words a listener refuses what is no HTTP does not concern filters.
  if (status !== 200) return { status: status === 501 ? 400 : status };
  const seen = JSON.parse(body) as Seen;
  const headers = seen.headers.map(([name, value]) => [
    name,
    // What each proxy makes up by itself.
    name === "x-request-id" && /^[0-9a-f-]{36}$/.test(value) ? "(generated)" : value,
  ]);
  const own = ["connection", "content-length", "transfer-encoding"];
  return {
    status,
    path: seen.path,
    headers: headers.filter(([name]) => !own.includes(name as string)).sort(byName),
  };
}

function byName(a: unknown[], b: unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : String(a[0]) > String(b[0]) ? 1 : 0;
}

async function compare(request: string): Promise<void> {
  const byHost = await seenThrough(proxy.port, request);
  const byEnvoy = envoy ? await seenThrough(envoy.ports.get("plain") ?? 0, request) : byHost;
  expect({ request, seen: byHost }).toEqual({ request, seen: byEnvoy });
}

const targets = [
  ...[
    "/",
    "/a/../b",
    "/a/./b",
    "/a/%2e%2e/b",
    "/a/%2E/b",
    "/a/.%2e/b",
    "/a\\b",
    "/a\\..\\b",
    "/a/..",
    "/a/.",
    "/..",
  ],
  ...[
    "/../../x",
    "/a/b/../../../c",
    "/a;x/../b",
    "/...",
    "/a/..b",
    "/a../b",
    "//x",
    "/a//b",
    "/a//../b",
    "/a%2fb",
  ],
  ...[
    "/a%5Cb",
    "/a/..%2fb",
    "/a/%5c../b",
    "/%2e%2e%2fb",
    "//%2fx",
    "/%2f",
    "/%41",
    "/%7euser",
    "/%20",
    "/%2B",
  ],
  ...["/a%23b", "/a%3fb", "/%c3%a9", "/%25%32%65/b", "/a/%252e%252e/b", "/a%", "/a%2", "/a%zz", "/a:b@c+d"],
  ...[
    '/a"<>`b{|}^[]',
    "/a/../b?c=../d",
    "/a?/../b%41",
    "/a?b?c",
    "/%00",
    "/a%00b",
    "/a#b",
    "/a?x#y",
    "/a/%2e",
    "/a/b/",
  ],
  ...[
    "?x",
    "a/b",
    "http://other/x/../y?z",
    "http://other",
    "/a\u0080b",
    "/a\u007fb",
    "/a\tb",
    "/~a!$&'()*,=",
    "/%21%7e%2d",
  ],
];

describe("request targets", () => {
  test.each(targets)("%j", async (target) => {
    await compare(`GET ${target} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n`);
  });
});

test("a header's name with an underscore", async () => {
  await compare("GET / HTTP/1.1\r\nhost: h\r\nx_user: ann\r\nconnection: close\r\n\r\n");
});

const names = [
  ...["accept", "accept-charset", "accept-encoding", "accept-language", "access-control-allow-origin"],
  ...[
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
  ],
  ...[
    "authorization",
    "baggage",
    "cache-control",
    "content-encoding",
    "content-language",
    "content-type",
    "cookie",
  ],
  ...[
    "date",
    "dnt",
    "etag",
    "expires",
    "forwarded",
    "from",
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-message",
  ],
  ...[
    "grpc-status",
    "grpc-timeout",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
  ],
  ...[
    "link",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "priority",
    "proxy-authorization",
    "range",
    "referer",
  ],
  ...[
    "sec-fetch-mode",
    "server",
    "set-cookie",
    "traceparent",
    "tracestate",
    "user-agent",
    "vary",
    "via",
    "warning",
  ],
  ...[
    "www-authenticate",
    "x-api-key",
    "x-b3-traceid",
    "x-client-trace-id",
    "x-envoy-attempt-count",
    "x-forwarded-client-cert",
  ],
  ...["x-envoy-decorator-operation", "x-envoy-downstream-service-cluster", "x-envoy-downstream-service-node"],
  ...[
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-external-address",
    "x-envoy-force-trace",
    "x-envoy-internal",
  ],
  ...[
    "x-envoy-is-timeout-retry",
    "x-envoy-max-retries",
    "x-envoy-original-host",
    "x-envoy-original-path",
    "x-envoy-retry-on",
  ],
  ...[
    "x-envoy-upstream-alt-stat-name",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-original-dst-host",
    "x-forwarded-for",
  ],
  ...[
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-scheme",
    "x-ot-span-context",
    "x-real-ip",
  ],
  ...["x-request-id", "x-role", "x-tollgate-cluster", "x-user", "keep-alive", "proxy-connection", "host"],
  ...[
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-ip-tags",
    "x-envoy-retriable-header-names",
    "x-envoy-peer-metadata",
  ],
  ...["x-envoy-retriable-status-codes", "x-envoy-retry-grpc-on", "x-envoy-upstream-rq-per-try-timeout-ms"],
  ...[
    "x-envoy-upstream-stream-duration-ms",
    "x-envoy-upstream-service-time",
    "access-control-expose-headers",
  ],
];

describe("a header that is there twice", () => {
  test.each(names)("%s", async (name) => {
    await compare(`GET / HTTP/1.1\r\nhost: h\r\n${name}: v1\r\n${name}: v2\r\nconnection: close\r\n\r\n`);
  });

  test.each([
    "te: trailers\r\nte: gzip\r\n",
    "te: gzip\r\n",
    "x-empty:\r\nx-empty: a\r\n",
    "x-user: \u00e9\u00ff\r\n",
    "X-MiXeD: Value\r\n",
    "x-spaces: \t a b \t\r\n",
    "content-length: 0\r\ncontent-length: 0\r\n",
    "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
    "connection: x-user\r\nx-user: a\r\n",
    "upgrade: h2c\r\n",
    "expect: 200-maybe\r\n",
  ])("%j", async (headers) => {
    await compare(`GET / HTTP/1.1\r\nhost: h\r\n${headers}connection: close\r\n\r\n`);
  });
});
