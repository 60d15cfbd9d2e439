import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import * as http from "node:http";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { FilterModule } from "../module.ts";
import { compileFilter } from "../testing/compile.ts";
import { head, raw, read, send, startUpstream, until, type Echo } from "../testing/servers.ts";
import { Vm, VmStartError } from "../vm.ts";
import { startProxy, type Proxy, type ProxyOptions } from "./index.ts";
import type { RequestRecord } from "./request-record.ts";

let headersFilter: FilterModule;
let bodiesFilter: FilterModule;
const opened: Array<{ close(): Promise<void> }> = [];

beforeAll(() => {
  headersFilter = compileFilter("headers");
  bodiesFilter = compileFilter("bodies");
});

afterEach(async () => {
  for (const item of opened.splice(0).reverse()) await item.close();
});

interface Rig {
  proxy: Proxy;
  port: number;
  records: RequestRecord[];
  lines: string[];
}

async function rig(
  module?: FilterModule,
  options: Partial<ProxyOptions> & { listener?: http.RequestListener } = {},
): Promise<Rig> {
  const upstream = await startUpstream(options.listener);
  opened.push(upstream);
  const records: RequestRecord[] = [];
  const lines: string[] = [];
  const proxy = await startProxy({
    upstream: upstream.url,
    port: 0,
    reloadBackoffMs: 0,
    onRequest: (record) => records.push(record),
    ...(module && { filter: () => Vm.start(module, { log: (_, line) => lines.push(line) }) }),
    ...options,
  });
  opened.push(proxy);
  return { proxy, port: proxy.port, records, lines };
}

const echoed = (body: string): Echo => JSON.parse(body) as Echo;
const names = (echo: Echo): string[] => echo.headers.map(([name]) => name);

describe("a request that passes", () => {
  test("reaches the upstream as Envoy would send it, and its response comes back in lower case", async () => {
    const { port, records } = await rig(headersFilter);
    const answer = await send(port, "/a/../edit?x=1", {
      headers: [
        "X-Many",
        "1",
        "x-many",
        "2",
        "Connection",
        "x-hop",
        "X-Hop",
        "1",
        "TE",
        "gzip",
        "X-Remove",
        "1",
      ],
    });
    expect(answer.status).toBe(200);
    const seen = echoed(answer.body);
    expect(seen.url).toBe("/edited");
    expect(seen.headers[0]).toEqual(["host", "other.test"]);
    expect(names(seen)).not.toContain("x-hop");
    expect(names(seen)).not.toContain("te");
    expect(names(seen)).not.toContain("x-remove");
    expect(seen.headers).toEqual(
      expect.arrayContaining([
        ["x-many", "one"],
        ["x-added", "a"],
        ["x-added", "b"],
        ["x-forwarded-proto", "http"],
        ["x-request-id", expect.stringMatching(/^[0-9a-f-]{36}$/)],
      ]),
    );
    expect(answer.headers).toMatchObject({ "x-upstream": "echo", "x-response": "seen" });
    expect(answer.rawHeaders.filter((_, i) => i % 2 === 0).filter((name) => /[A-Z]/.test(name))).toEqual([]);
    await until(() => records.length === 1);
    expect(records[0]).toMatchObject({
      method: "GET",
      path: "/edit?x=1",
      host: "shop.test",
      status: 200,
      details: "via_upstream",
      upstream: true,
      sourceAddress: "127.0.0.1",
    });
    expect(records[0]?.hostCalls).toBeGreaterThan(8);
  });

  test("shows the filter every pair, pseudo headers first", async () => {
    const { port, lines } = await rig(headersFilter);
    await send(port, "/look", { headers: ["x-many", "one", "x-many", "two", "accept", "a", "accept", "b"] });
    // :authority :path :method :scheme, x-many twice, accept joined, x-forwarded-proto, x-request-id
    expect(lines[0]).toBe("x-many=one pairs=9 count=9");
    expect(lines[2]).toBe("host=shop.test end=1");
  });

  test("tells the peer's address and the one x-forwarded-for claims", async () => {
    const { port, lines } = await rig(headersFilter);
    await send(port, "/property", { headers: ["x-forwarded-for", "1.1.1.1, 2.2.2.2"] });
    await send(port, "/property", { headers: ["x-forwarded-for", "nonsense"] });
    expect(lines[1]).toMatch(/^source=2\.2\.2\.2:0 /);
    expect(lines[2]).toBe("direct=127.0.0.1");
    expect(lines.filter((line) => line.startsWith("source="))[1]).toMatch(/^source=127\.0\.0\.1:\d{2,} /);
  });

  test("passes without a filter, with bytes above 0x7f as they are", async () => {
    const { port } = await rig();
    const answer = await send(port, "/x", { headers: ["x-bytes", "\xe9\xff"] });
    expect(echoed(answer.body).headers).toContainEqual(["x-bytes", "\xe9\xff"]);
  });

  test("waits where the filter pauses, until its timer lets it go", async () => {
    const { port } = await rig(headersFilter);
    expect(echoed((await send(port, "/later")).body).headers).toContainEqual(["x-late", "yes"]);
    expect((await send(port, "/later/deny")).status).toBe(418);
  });

  test("expecting 100-continue is told to continue", async () => {
    const { port } = await rig(headersFilter);
    const answer = await raw(
      port,
      "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(answer).not.toContain("expect");
    expect(answer).toContain('"body":"hi"');
  });
});

describe("a local response", () => {
  test("goes through the filter's response phase and not to the upstream", async () => {
    const { port, records, lines } = await rig(headersFilter, { revealDetails: true });
    const answer = await send(port, "/deny", { method: "POST", body: "x".repeat(100_000) });
    expect(answer).toMatchObject({
      status: 403,
      body: "no\n",
      headers: {
        "x-why": "test",
        "x-response": "seen",
        "x-tollgate-details": "denied_by_test",
        "content-type": "text/plain",
        "content-length": "3",
      },
    });
    await until(() => records.length === 1);
    expect(records[0]).toMatchObject({ status: 403, details: "denied_by_test", upstream: false });
    expect(lines[0]).toMatch(/^response 403 /);
  });

  test("to gRPC is HTTP 200 with the mapped status", async () => {
    const { port } = await rig(headersFilter);
    const answer = await send(port, "/limit", {
      method: "POST",
      headers: ["content-type", "application/grpc"],
      body: "x",
    });
    expect(answer).toMatchObject({
      status: 200,
      body: "",
      headers: {
        "grpc-status": "14",
        "grpc-message": "too many: 100%25",
        "content-type": "application/grpc",
      },
    });
  });

  test("in the response phase replaces the upstream's", async () => {
    const { port } = await rig(headersFilter, {
      listener: (_, response) => response.writeHead(200, { "x-answer": "now" }).end("upstream"),
    });
    expect(await send(port, "/")).toMatchObject({ status: 502, body: "late" });
  });
});

describe("a trap", () => {
  test("answers 503 and the next request meets a fresh VM", async () => {
    const { port, records } = await rig(headersFilter);
    expect(await send(port, "/trap")).toMatchObject({ status: 503, body: "" });
    expect((await send(port, "/")).status).toBe(200);
    await until(() => records.length === 2);
    expect(records[0]).toMatchObject({ status: 503, details: "wasm_fail_stream", upstream: false });
  });

  test("in the response phase answers 503 too", async () => {
    let trap = true;
    const { port } = await rig(headersFilter, {
      listener: (_, response) => response.writeHead(200, trap ? { "x-trap": "now" } : {}).end("body"),
    });
    expect((await send(port, "/")).status).toBe(503);
    trap = false;
    expect((await send(port, "/")).status).toBe(200);
  });

  test("leaves the requests that pause at that moment waiting, as Envoy does, and serves others", async () => {
    const { port } = await rig(headersFilter);
    const paused = Array.from({ length: 10 }, () => send(port, "/later").then(({ status }) => status));
    expect((await send(port, "/trap")).status).toBe(503);
    expect((await send(port, "/later")).status).toBe(200);
    // Those that paused later than the trap, if any, were answered; nobody got anything else.
    const settled = await Promise.race([
      Promise.all(paused),
      new Promise((resolve) => setImmediate(resolve, [])),
    ]);
    for (const status of settled as number[]) expect(status).toBe(200);
    void Promise.allSettled(paused);
  });

  test("under FAIL_CLOSED answers 503 for ever", async () => {
    const { port } = await rig(headersFilter, { failurePolicy: "FAIL_CLOSED" });
    expect((await send(port, "/")).status).toBe(200);
    for (const path of ["/trap", "/", "/"]) expect((await send(port, path)).status).toBe(503);
  });

  test("under FAIL_OPEN costs its own request and lets the others pass", async () => {
    const { port, records } = await rig(headersFilter, { failurePolicy: "FAIL_OPEN" });
    expect((await send(port, "/deny")).status).toBe(403);
    expect((await send(port, "/trap", { method: "POST", body: "x" })).status).toBe(503);
    expect((await send(port, "/deny")).status).toBe(200);
    expect(records.at(-1)).toMatchObject({ upstream: true });
  });

  test("under FAIL_RELOAD keeps shared data where the factory passes it on", async () => {
    const seen = new Set<unknown>();
    const { port } = await rig(undefined, {
      filter: ({ shared }) => {
        seen.add(shared);
        return Vm.start(headersFilter, { shared });
      },
    });
    expect((await send(port, "/trap")).status).toBe(503);
    expect((await send(port, "/")).status).toBe(200);
    expect(seen.size).toBe(1);
  });
});

describe("a swap", () => {
  test("under concurrent load drops no request", async () => {
    const { proxy, port, records } = await rig(headersFilter);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
    const statuses: number[] = [];
    const worker = async (): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const message = await new Promise<http.IncomingMessage>((resolve, reject) =>
          http.get({ port, agent, path: i % 4 === 0 ? "/later" : "/" }, resolve).on("error", reject),
        );
        await read(message);
        statuses.push(message.statusCode ?? 0);
      }
    };
    const vms: Vm[] = [];
    const swapping = setInterval(() => {
      proxy.swap(() => {
        const vm = Vm.start(headersFilter);
        vms.push(vm);
        return vm;
      });
    }, 10);
    await Promise.all(Array.from({ length: 8 }, worker)).finally(() => clearInterval(swapping));
    agent.destroy();
    expect(vms.length).toBeGreaterThan(3);
    expect(statuses).toEqual(Array.from({ length: 320 }, () => 200));
    await until(() => records.length === 320);
    expect(vms.every((vm) => vm.streams === 0)).toBe(true);
  });

  test("to a filter that does not start throws and keeps the old one", async () => {
    const { proxy, port } = await rig(headersFilter);
    const failing = (): Vm => {
      throw new VmStartError("no");
    };
    expect(() => proxy.swap(failing)).toThrow("no");
    expect((await send(port, "/deny")).status).toBe(403);
    proxy.swap(() => Vm.start(bodiesFilter));
    expect((await send(port, "/deny")).status).toBe(200);
  });
});

describe("bodies", () => {
  const big = Buffer.alloc(5_000_000, "abcdefghij");

  test.each(["without a filter", "through a filter that looks"])("stream both ways %s", async (how) => {
    const { port } = await rig(how === "without a filter" ? undefined : bodiesFilter, {
      listener: (request, response) => void request.pipe(response),
    });
    const answer = await send(port, "/pass", { method: "POST", body: big });
    expect(answer.body.length).toBe(big.length);
    expect(answer.body === big.toString()).toBe(true);
  });

  test("reach the upstream before they are complete", async () => {
    let first = "";
    const { port } = await rig(bodiesFilter, {
      listener: (request, response) => {
        request.once("data", (chunk: Buffer) => (first = chunk.toString()));
        request.on("end", () => response.end("done"));
        request.resume();
      },
    });
    const request = http.request({ port, method: "POST", path: "/pass" });
    request.write("early");
    await until(() => first === "early");
    const message = await new Promise<http.IncomingMessage>((resolve) =>
      request.on("response", resolve).end("late"),
    );
    expect(await read(message)).toBe("done");
  });

  test("are gathered, replaced, held and appended to as the filter says", async () => {
    const { port, lines } = await rig(bodiesFilter);
    const post = async (path: string, body: string): Promise<Echo> =>
      echoed((await send(port, path, { method: "POST", body })).body);
    expect((await post("/gather", "x".repeat(300_000))).body.length).toBe(300_000);
    expect(lines.at(-1)).toBe("whole=300000 size=300000");
    expect((await post("/replace", "abc")).body).toBe("replaced");
    expect((await post("/watermark", "abc")).body).toBe("abc");
    expect((await send(port, "/shout")).body.endsWith("}!")).toBe(true);
  });

  test("too large to gather are 413, and the upstream request begun is ended", async () => {
    let arrived = false;
    let cut = false;
    const { port, records } = await rig(bodiesFilter, {
      listener: (request) => {
        arrived = true;
        request.resume().on("close", () => (cut = !request.complete));
      },
    });
    const request = http.request({ port, method: "POST", path: "/gather" });
    const answered = new Promise<http.IncomingMessage>((resolve) => request.on("response", resolve));
    request.write("begun");
    await until(() => arrived);
    request.end(big);
    const message = await answered;
    expect(message.statusCode).toBe(413);
    expect(await read(message)).toBe("Payload Too Large");
    await until(() => cut && records.length === 1);
    expect(records[0]).toMatchObject({ details: "request_payload_too_large", upstream: true });
  });

  test("made longer under a declared length end there, and so does the connection", async () => {
    const { port } = await rig(bodiesFilter, {
      listener: (_, response) => response.writeHead(200, { "content-length": "5" }).end("hello"),
    });
    expect(await raw(port, "GET /keep-length HTTP/1.1\r\nhost: a\r\n\r\n")).toMatch(/\r\n\r\nhello!$/);
  });

  test("are absent from HEAD, 204 and 304", async () => {
    const { port } = await rig(headersFilter, {
      listener: (request, response) => {
        const status = Number(request.url?.slice(1)) || 200;
        response.writeHead(status, status === 200 ? { "content-length": "5" } : {}).end("hello");
      },
    });
    expect(await send(port, "/", { method: "HEAD" })).toMatchObject({
      status: 200,
      body: "",
      headers: { "content-length": "5" },
    });
    for (const status of [204, 304])
      expect(await send(port, `/${status}`)).toMatchObject({ status, body: "" });
    expect(await send(port, "/deny", { method: "HEAD" })).toMatchObject({ status: 403, body: "" });
  });
});

describe("a request that no filter sees", () => {
  test.each([
    ["a path with an escaped NUL", "GET /a%00b HTTP/1.1\r\nhost: a\r\n", 400],
    ["a fragment", "GET /a#b HTTP/1.1\r\nhost: a\r\n", 400],
    ["no host", "GET / HTTP/1.1\r\n", 400],
    ["an impossible host", "GET / HTTP/1.1\r\nhost: a/b\r\n", 400],
    ["HTTP/1.0", "GET / HTTP/1.0\r\nhost: a\r\n", 426],
    ["an upgrade", "GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n", 501],
    ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n", 501],
    ["OPTIONS *", "OPTIONS * HTTP/1.1\r\nhost: a\r\n", 404],
    ["a malformed head", "NONSENSE\r\n", 400],
    ["a head too large", `GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(70_000)}\r\n`, 431],
  ])("%s", async (_, text, status) => {
    const { port, lines } = await rig(headersFilter);
    const closing = text.includes("connection:") ? "" : "connection: close\r\n";
    expect(await raw(port, `${text}${closing}\r\n`)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(lines).toEqual([]);
    expect((await send(port, "/")).status).toBe(200);
  });

  test("paths are normalised, or left alone where that is wanted", async () => {
    const normalising = await rig();
    expect(echoed((await send(normalising.port, "/a/%2e%2e//b%2Fc?x=../y")).body).url).toBe("//b%2Fc?x=../y");
    const plain = await rig(undefined, { pathNormalization: "NONE" });
    expect(echoed((await send(plain.port, "/a/%2e%2e/b")).body).url).toBe("/a/%2e%2e/b");
  });

  test("an underscore in a header's name is refused, or let by where that is wanted", async () => {
    const refusing = await rig(undefined, { revealDetails: true });
    const answer = await send(refusing.port, "/", { headers: ["x_user", "ann"] });
    expect(answer).toMatchObject({ status: 400, body: "Bad Request" });
    expect(answer.headers["x-tollgate-details"]).toBe("http1.unexpected_underscore");
    const open = await rig(undefined, { refuseUnderscores: false });
    const seen = echoed((await send(open.port, "/", { headers: ["x_user", "ann"] })).body);
    expect(seen.headers).toContainEqual(["x_user", "ann"]);
  });

  test("an absolute target names the authority", async () => {
    const { port } = await rig();
    const answer = await raw(
      port,
      "GET http://other.test/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    );
    expect(answer).toContain('["host","other.test"]');
  });
});

describe("when someone leaves", () => {
  test("an upstream that is not there is 503 in Envoy's words", async () => {
    const gone = await startUpstream();
    await gone.close();
    const { port, records } = await rig(headersFilter, { upstream: gone.url });
    const answer = await send(port, "/", { method: "POST", body: "x".repeat(200_000) });
    expect(answer).toMatchObject({ status: 503, headers: { "x-response": "seen" } });
    expect(answer.body).toBe(
      "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure",
    );
    await until(() => records.length === 1);
    expect(records[0]).toMatchObject({
      status: 503,
      details:
        "upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}",
      upstream: true,
    });
  });

  test("an upstream that stops within its response cuts the client off", async () => {
    const { port } = await rig(headersFilter, {
      listener: (_, response) => {
        response.writeHead(200, { "content-length": "10" });
        response.write("half", () => response.destroy());
      },
    });
    await expect(send(port, "/")).rejects.toThrow();
    expect((await send(port, "/deny")).status).toBe(403);
  });

  test("a client that leaves ends the upstream request", async () => {
    let arrived = false;
    let left = false;
    const { port, records } = await rig(headersFilter, {
      listener: (request) => {
        arrived = true;
        request.on("close", () => (left = true));
      },
    });
    const request = http.get({ port, path: "/" }).on("error", () => {});
    await until(() => arrived);
    request.destroy();
    await until(() => left && records.length === 1);
    expect(records[0]).toMatchObject({ status: 0, details: "downstream_remote_disconnect" });
  });

  test("a kept connection that died in the meantime is replaced", async () => {
    const sockets: Socket[] = [];
    // Answers one request on each connection and cuts it at the second, as a server with a short idle time does.
    const server = createServer((socket) => {
      sockets.push(socket);
      let requests = 0;
      socket.on("error", () => {});
      socket.on("data", () => {
        if (++requests > 1) socket.destroy();
        else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    opened.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const upstream = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const { port } = await rig(undefined, { upstream });
    for (let i = 0; i < 4; i++) expect(await send(port, "/")).toMatchObject({ status: 200, body: "ok" });
    expect(sockets.length).toBeGreaterThan(1);
    for (const socket of sockets) socket.destroy();
  });
});

describe("the proxy itself", () => {
  test("rejects with Node's error where the port is taken", async () => {
    const { proxy } = await rig();
    await expect(
      startProxy({ upstream: new URL("http://127.0.0.1:9"), port: proxy.port }),
    ).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });

  test("closes gracefully: what is under way finishes, idle connections go", async () => {
    let release = (): void => {};
    const { proxy, port } = await rig(headersFilter, {
      listener: (_, response) => {
        response.writeHead(200);
        response.write("begun ");
        release = () => void response.end("and done");
      },
    });
    const agent = new http.Agent({ keepAlive: true });
    const message = await new Promise<http.IncomingMessage>((resolve) => http.get({ port, agent }, resolve));
    expect(head(message).status).toBe(200);
    const closed = proxy.close();
    await expect(send(port, "/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    release();
    expect(await read(message)).toBe("begun and done");
    await closed;
    agent.destroy();
  });
});
