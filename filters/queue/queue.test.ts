// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { describe, expect, test } from "@jest/globals";
import { FilterModule, HeaderMap, SharedState, Vm } from "../../host/index.ts";
import { compiled, eventually, httpServer, inBothEngines } from "../testing/index.ts";

inBothEngines("queue", (run) => {
  test("every request becomes a line of the receiver, from whichever worker", () => {
    const upstream = httpServer();
    return run({ clusters: { upstream }, concurrency: 3 }, async (proxy) => {
      const paths = Array.from({ length: 60 }, (_, i) => `/cart/${i}?x=1`);
      await Promise.all(paths.map((path) => proxy.send({ path, method: "POST" })));
      await eventually(async () => {
        const stats = await proxy.stats();
        expect(stats["queue.received"]).toBe(60);
        expect(stats).not.toHaveProperty("queue.lost");
        const lines = proxy.logs().filter(({ message }) => message.startsWith("queue: "));
        expect(lines.map(({ message }) => message).sort()).toEqual(
          paths.map((path) => `queue: POST ${path}`).sort(),
        );
      });
      expect(upstream.requests).toHaveLength(60);
    });
  });

  test("bytes arrive as they were sent, a very long path cut", () =>
    run({ clusters: { upstream: httpServer() } }, async (proxy) => {
      await proxy.send({ path: "/%ff%00%0a" });
      await proxy.send({ path: `/${"x".repeat(5000)}` });
      await proxy.logged("queue: GET /%ff%00%0a");
      const long = await proxy.logged(/^queue: GET \/x+$/);
      expect(long).toHaveLength("queue: ".length + 1024);
    }));

  test("without a receiver requests pass as ever", () => {
    const upstream = httpServer();
    const edit = (yaml: { bootstrap: Record<string, unknown> }): void => {
      delete yaml.bootstrap["bootstrap_extensions"];
    };
    return run({ clusters: { upstream }, edit }, async (proxy) => {
      for (let i = 0; i < 3; i++) expect((await proxy.send({ path: "/" })).status).toBe(200);
      await eventually(async () => expect((await proxy.stats())["queue.lost"]).toBe(3));
    });
  });
});

describe("the modules", () => {
  interface Sides {
    send: (path: string) => void;
    startReceiver: () => Vm;
    lines: string[];
    metric: (name: string) => number;
  }

  async function sides(): Promise<Sides> {
    const [sender, receiver] = await Promise.all(
      ["sender", "receiver"].map(async (part) => FilterModule.compile(await compiled("queue", part))),
    );
    if (sender === undefined || receiver === undefined) throw new Error("two modules were asked for");
    const shared = new SharedState();
    const lines: string[] = [];
    const sending = Vm.start(sender, { shared, vmId: "queue-sender" });
    return {
      send(path) {
        const stream = sending.openStream();
        const headers: [string, string][] = [
          [":method", "GET"],
          [":path", path],
          [":authority", "shop.test"],
        ];
        expect(stream.requestHeaders(new HeaderMap(headers), true)).toMatchObject({ kind: "continue" });
        stream.close();
      },
      startReceiver: () =>
        Vm.start(receiver, {
          shared,
          vmId: "queue-receiver",
          canary: true,
          log: (_, line) => lines.push(line),
        }),
      lines,
      metric: (name) => Number(shared.metrics.byName.get(name)?.value ?? -1),
    };
  }

  test("a receiver that comes later is found, one that comes again takes what was left", async () => {
    const { send, startReceiver, lines } = await sides();
    send("/early");
    const first = startReceiver();
    send("/one");
    // Gone before it was told.
    first.close();
    const second = startReceiver();
    expect(lines).toEqual([]);
    expect(second.tickPeriodMs).toBe(1);
    second.tick();
    expect(lines).toEqual(["queue: GET /one"]);
    expect(second.tickPeriodMs).toBe(0);
    send("/two");
    await Promise.resolve();
    expect(lines).toEqual(["queue: GET /one", "queue: GET /two"]);
  });

  test("a callback takes a hundred lines at most, a tick the rest", async () => {
    const { send, startReceiver, lines } = await sides();
    startReceiver().close();
    for (let i = 0; i < 250; i++) send(`/${i}`);
    const receiver = startReceiver();
    const taken = [100, 200, 250].map((count) => {
      receiver.tick();
      expect(lines).toHaveLength(count);
      return receiver.tickPeriodMs;
    });
    expect(taken).toEqual([1, 1, 0]);
    expect(lines.at(-1)).toBe("queue: GET /249");
  });

  test("a queue that nobody empties does not grow for ever", async () => {
    const { send, startReceiver, lines, metric } = await sides();
    startReceiver().close();
    for (let i = 0; i < 10_005; i++) send("/");
    expect([metric("queue.waiting"), metric("queue.lost")]).toEqual([10_000, 5]);
    const receiver = startReceiver();
    while (receiver.tickPeriodMs > 0) receiver.tick();
    expect([lines.length, metric("queue.waiting")]).toEqual([10_000, 0]);
    send("/again");
    expect(metric("queue.lost")).toBe(5);
  });
});
