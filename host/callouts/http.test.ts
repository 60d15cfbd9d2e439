import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { createServer } from "node:net";
import { HeaderMap } from "../header-map.ts";
import type { FilterModule } from "../module.ts";
import { startProxy, type Proxy } from "../proxy/index.ts";
import type { HttpStream } from "../stream.ts";
import { compileFilter } from "../testing/compile.ts";
import { send, startUpstream, until, type Echo } from "../testing/servers.ts";
import { Vm } from "../vm.ts";
import type { CalloutMessage, CalloutResponse, ClusterTarget } from "./cluster.ts";

let filter: FilterModule;
const opened: Array<{ close(): Promise<void> }> = [];

beforeAll(() => {
  filter = compileFilter("callouts");
});

afterEach(async () => {
  for (const item of opened.splice(0).reverse()) await item.close();
});

function start(auth: ClusterTarget, configuration = ""): { vm: Vm; lines: string[] } {
  const lines: string[] = [];
  const vm = Vm.start(filter, {
    clusters: new Map([["auth", auth]]),
    pluginConfiguration: Buffer.from(configuration),
    log: (_, line) => lines.push(line),
  });
  return { vm, lines };
}

interface Asked {
  stream: HttpStream;
  headers: HeaderMap;
  events: string[];
}

function request(vm: Vm, path: string): Asked {
  const stream = vm.openStream();
  const events: string[] = [];
  stream.listener = {
    continued: (side) => events.push(side),
    ended: (result) =>
      events.push(result.kind === "local-response" ? String(result.response.status) : result.kind),
  };
  const headers = new HeaderMap([
    [":authority", "shop.test"],
    [":path", path],
    [":method", "GET"],
  ]);
  events.push(stream.requestHeaders(headers, true).kind);
  return { stream, headers, events };
}

const response = (status: number, ...headers: Array<[string, string]>): CalloutResponse => ({
  headers: new HeaderMap([[":status", String(status)], ...headers]),
});

describe("http_call", () => {
  test("refuses unknown clusters, missing pseudo headers and negative timeouts", () => {
    const { vm, lines } = start(() => response(200));
    expect(request(vm, "/refused").events).toEqual(["continue"]);
    expect(lines).toEqual(["unknown=2 token=0", "method=2 path=2", "timeout=2"]);
    expect(vm.callouts).toBe(0);
  });

  test("is answered on the root context, which continues the stream", async () => {
    const seen: CalloutMessage[] = [];
    const { vm, lines } = start((message) => {
      seen.push(message);
      return {
        ...response(200, ["x-user", "kim"]),
        body: Buffer.from("yes"),
        trailers: new HeaderMap([["x-end", "now"]]),
      };
    });
    const { headers, events } = request(vm, "/post");
    expect(events).toEqual(["pause"]);
    expect(vm.callouts).toBe(1);
    await until(() => events.length > 1);
    expect(events).toEqual(["pause", "request"]);
    expect(headers.get("x-user")).toBe("kim");
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe("question");
    expect(seen[0]?.headers.entries()).toEqual([
      [":method", "POST"],
      [":path", "/post"],
      [":authority", "auth.test"],
      ["x-one", "1"],
      ["content-length", "8"],
    ]);
    expect(lines).toEqual([
      "called=0 token=4",
      "root=1 token=4 counts=2,3,1",
      ":status=200 body=yes trailer=now",
      "code=0 message=",
      "write=2 root reply=0",
      "effective=0 pairs=2",
    ]);
    expect(vm.callouts).toBe(0);
  });

  test("may end in a local response on the stream", async () => {
    const { vm } = start(() => response(403));
    const { events } = request(vm, "/");
    await until(() => events.length > 1);
    expect(events).toEqual(["pause", "403"]);
  });

  test("that is reset arrives as (0,0,0) with its status", async () => {
    const { vm, lines } = start(() => Promise.reject(new Error("gone")));
    request(vm, "/");
    await until(() => lines.length > 5);
    expect(lines.slice(1, 4)).toEqual([
      "root=1 token=4 counts=0,0,0",
      ":status=!2 body=!1 trailer=!2",
      "code=11 message=reset",
    ]);
  });

  test("that takes too long is a 504, and its upstream is told", async () => {
    let left = false;
    const { vm, lines } = start(
      (_, signal) =>
        new Promise<CalloutResponse>(() => signal.addEventListener("abort", () => (left = true))),
    );
    request(vm, "/");
    await until(() => lines.length > 2);
    expect(lines[2]).toBe(":status=504 body=upstream request timeout trailer=!2");
    expect(left).toBe(true);
  });

  test("whose stream has ended is still told to the root, and is safe", async () => {
    const { vm, lines } = start(() => response(403));
    const { stream, events } = request(vm, "/");
    stream.close();
    await until(() => lines.length > 5);
    expect(lines[5]).toBe("effective=2 pairs=1");
    expect(events).toEqual(["pause"]);
    expect(vm.failed).toBe(false);
  });

  test("is cancelled when the VM is closed, and when it fails", async () => {
    let cancelled = 0;
    const never: ClusterTarget = (message, signal) => {
      if (message.headers.get(":path") === "/trap") return response(599);
      return new Promise(() => signal.addEventListener("abort", () => cancelled++));
    };
    const closed = start(never);
    request(closed.vm, "/");
    await new Promise((resolve) => setImmediate(resolve));
    closed.vm.close();
    expect(cancelled).toBe(1);
    expect(closed.vm.callouts).toBe(0);

    const failed = start(never);
    const { events } = request(failed.vm, "/");
    request(failed.vm, "/trap");
    await until(() => failed.vm.failed);
    expect(events).toEqual(["pause"]);
    expect(cancelled).toBe(2);
  });

  test("may be made from on_configure", async () => {
    const { lines } = start(() => response(200), "early");
    await until(() => lines.length > 2);
    expect(lines.slice(0, 2)).toEqual(["early=0", "root=1 token=4 counts=1,0,0"]);
  });
});

describe("http_call over the network", () => {
  test("sends what the filter asked for and brings the answer", async () => {
    const upstream = await startUpstream();
    opened.push(upstream);
    const { vm, lines } = start(upstream.url);
    request(vm, "/post");
    await until(() => lines.length > 2);
    const echo = JSON.parse(/body=(.*) trailer/.exec(lines[2] ?? "")?.[1] ?? "") as Echo;
    expect(echo).toEqual({
      method: "POST",
      url: "/post",
      headers: expect.arrayContaining([
        ["host", "auth.test"],
        ["x-one", "1"],
        ["content-length", "8"],
      ]) as unknown as Echo["headers"],
      body: "question",
    });
    vm.close();
  });

  test("to nobody is a 503; cut in the middle a reset", async () => {
    const dead = start(new URL("http://127.0.0.1:1"));
    request(dead.vm, "/");
    await until(() => dead.lines.length > 2);
    expect(dead.lines[2]).toMatch(/^:status=503 body=upstream connect error .* trailer=!2$/);

    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    opened.push({ close: () => new Promise((resolve) => void server.close(() => resolve())) });
    const { port } = server.address() as { port: number };
    const cut = start(new URL(`http://127.0.0.1:${port}`));
    request(cut.vm, "/");
    await until(() => cut.lines.length > 3);
    expect(cut.lines[3]).toBe("code=11 message=reset");
  });
});

describe("in the proxy", () => {
  async function rig(auth: ClusterTarget, configuration = ""): Promise<{ proxy: Proxy; lines: string[] }> {
    const upstream = await startUpstream();
    opened.push(upstream);
    const lines: string[] = [];
    const proxy = await startProxy({
      upstream: upstream.url,
      port: 0,
      clusters: new Map([["auth", auth]]),
      filter: ({ clusters }) =>
        Vm.start(filter, {
          clusters,
          pluginConfiguration: Buffer.from(configuration),
          log: (_, line) => lines.push(line),
        }),
    });
    opened.push(proxy);
    return { proxy, lines };
  }

  test("a request waits for its callout", async () => {
    const { proxy } = await rig(({ headers }) =>
      headers.get(":path") === "/no" ? response(403) : response(200, ["x-user", "kim"]),
    );
    const passed = await send(proxy.port, "/yes");
    expect((JSON.parse(passed.body) as Echo).headers).toContainEqual(["x-user", "kim"]);
    expect(await send(proxy.port, "/no")).toMatchObject({ status: 403, body: "denied" });
  });

  test("a timer calls out from the root, and a callback may set the timer anew", async () => {
    const { lines } = await rig(() => response(200, ["x-tick", "on"]), "tick");
    await until(() => lines.filter((line) => line.startsWith("root=1")).length > 2);
  });
});
