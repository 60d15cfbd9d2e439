import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { Peer } from "./connection.ts";
import type { FilterModule } from "./module.ts";
import { startTcpProxy, type TcpProxy, type TcpProxyOptions } from "./proxy/tcp-proxy.ts";
import { propertyPath } from "./properties.ts";
import { compileFilter } from "./testing/compile.ts";
import { until } from "./testing/servers.ts";
import { Vm } from "./vm.ts";

let filter: FilterModule;
const opened: Array<{ close(): Promise<void> }> = [];

beforeAll(() => {
  filter = compileFilter("tcp");
});

afterEach(async () => {
  for (const item of opened.splice(0).reverse()) await item.close();
});

const bytes = (text: string): Uint8Array => Buffer.from(text);
const show = (result: { kind: string; data?: Uint8Array }): string =>
  result.data === undefined ? result.kind : Buffer.from(result.data).toString();

function start(): { vm: Vm; lines: string[] } {
  const lines: string[] = [];
  return { vm: Vm.start(filter, { log: (_, line) => lines.push(line) }), lines };
}

describe("a connection", () => {
  test("goes through the filter piece by piece, and ends in Envoy's order", () => {
    const { vm, lines } = start();
    const connection = vm.openConnection(new Map([[propertyPath("source", "address"), "10.0.0.9:1"]]));
    expect(show(connection.newConnection())).toBe("");
    expect(show(connection.downstreamData(bytes("edit"), false))).toBe("edited");
    expect(show(connection.upstreamData(bytes("answer"), false))).toBe("answer!");
    expect(show(connection.upstreamData(bytes(""), true))).toBe("");
    expect(vm.streams).toBe(1);
    connection.downstreamClosed(Peer.Remote);
    connection.downstreamClosed(Peer.Remote);
    expect(vm.streams).toBe(0);
    expect(lines).toEqual([
      "create 1 of 0",
      "create 2 of 1",
      "new 10.0.0.9:1 method=!1",
      "down edit end=0",
      "up answer end=0",
      "up  end=1",
      "up closed by 0",
      "down closed by 2",
      "done 2",
      "log",
      "delete",
    ]);
  });

  test("is shown what it held back together with what follows", () => {
    const connection = start().vm.openConnection();
    expect(show(connection.downstreamData(bytes("hold"), false))).toBe("pause");
    expect(show(connection.downstreamData(bytes(" on"), false))).toBe("pause");
    expect(show(connection.downstreamData(bytes("."), false))).toBe("hold on.");
    expect(show(connection.downstreamData(bytes("next"), false))).toBe("next");
  });

  test("is continued from elsewhere with what was held back", () => {
    const { vm, lines } = start();
    const connection = vm.openConnection();
    const events: string[] = [];
    connection.listener = {
      continued: (data, end) => events.push(`${Buffer.from(data).toString()} end=${end}`),
      ended: (result) => events.push(result.kind),
    };
    expect(show(connection.downstreamData(bytes("later"), true))).toBe("pause");
    vm.tick();
    expect(lines.at(-1)).toBe("held later");
    expect(events).toEqual(["later end=true"]);
  });

  test("can be closed; of HTTP it knows nothing", () => {
    const { vm, lines } = start();
    expect(show(vm.openConnection().downstreamData(bytes("close"), false))).toBe("close");
    expect(show(vm.openConnection().downstreamData(bytes("http"), false))).toBe("http");
    // continue_stream: request Ok, upstream Unimplemented, none BadArgument
    expect(lines.at(-1)).toBe("continue=0122 header=2");
  });

  test("fails with its VM", () => {
    const { vm } = start();
    const other = vm.openConnection();
    expect(show(vm.openConnection().downstreamData(bytes("trap"), false))).toBe("failed");
    expect(show(other.downstreamData(bytes("x"), false))).toBe("failed");
  });
});

describe("the TCP proxy", () => {
  async function rig(
    options: Partial<TcpProxyOptions> = {},
  ): Promise<{ proxy: TcpProxy; lines: string[]; ask: (text: string) => Promise<string> }> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    opened.push({
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          for (const socket of sockets) socket.destroy();
        }),
    });
    const lines: string[] = [];
    const proxy = await startTcpProxy({
      upstream: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
      port: 0,
      reloadBackoffMs: 0,
      filter: () => Vm.start(filter, { log: (_, line) => lines.push(line) }),
      ...options,
    });
    opened.push(proxy);
    /** Sends a text and ends; answers all that comes back. */
    const ask = (text: string): Promise<string> =>
      new Promise((resolve) => {
        let answer = "";
        const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true }, () =>
          socket.end(text),
        );
        socket.setEncoding("latin1");
        socket.on("data", (data: string) => (answer += data));
        socket.on("error", () => {});
        socket.on("close", () => resolve(answer));
      });
    return { proxy, lines, ask };
  }

  test("passes both ways through the filter, until both have ended", async () => {
    const { lines, ask } = await rig();
    expect(await ask("hello")).toBe("hello!");
    await until(() => lines.includes("delete"));
    expect(lines.find((line) => line.startsWith("new"))).toMatch(/^new 127\.0\.0\.1:\d+ /);
    expect(lines).toContain("down closed by 1");
    expect(lines).toContain("up closed by 0");
  });

  test("moves much data", async () => {
    const { ask } = await rig({ failurePolicy: "FAIL_OPEN" });
    const much = "hello".repeat(400_000);
    expect((await ask(much)).replaceAll("!", "") === much).toBe(true);
  });

  test("waits for the filter's timer, and closes when the filter says so", async () => {
    const { lines, ask } = await rig();
    expect(await ask("later")).toBe("later!");
    expect(await ask("close")).toBe("");
    await until(() => lines.includes("down closed by 1"));
  });

  test("after a trap reloads, refuses or passes, as its policy is", async () => {
    const reloading = await rig();
    expect(await reloading.ask("trap")).toBe("");
    expect(await reloading.ask("hello")).toBe("hello!");
    const closed = await rig({ failurePolicy: "FAIL_CLOSED" });
    expect(await closed.ask("trap")).toBe("");
    expect(await closed.ask("hello")).toBe("");
    const open = await rig({ failurePolicy: "FAIL_OPEN" });
    // The connection that trapped is closed as ever; later ones pass.
    expect(await open.ask("trap")).toBe("");
    expect(await open.ask("hello")).toBe("hello");
  });

  test("closes the client's connection where nobody is behind", async () => {
    const { lines, ask } = await rig({ upstream: { host: "127.0.0.1", port: 1 } });
    expect(await ask("hello")).toBe("");
    await until(() => lines.includes("down closed by 1"));
  });
});
