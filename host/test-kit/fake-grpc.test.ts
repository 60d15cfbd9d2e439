import { describe, expect, test } from "@jest/globals";
import { compileBytes } from "../testing/compile.ts";
import { fakeGrpc, loadFilter, type FakeGrpc, type TestFilter } from "./jest.ts";

async function start(configuration: string, rpc: FakeGrpc): Promise<{ filter: TestFilter; lines: string[] }> {
  const filter = await loadFilter(compileBytes("grpc"), { configuration, clusters: { rpc } });
  return { filter, lines: filter.logs.map(({ message }) => message) };
}

describe("a call", () => {
  test("is answered with a message", async () => {
    const rpc = fakeGrpc({ "/shop.Greeter/Hello": (message) => `${message.toString()}, you` });
    const { lines } = await start("call", rpc);
    expect(lines.at(-1)).toBe("message token=5 hi, you");
    expect(rpc.calls).toMatchObject([{ path: "/shop.Greeter/Hello", ended: true, cancelled: false }]);
    expect(rpc.calls[0]?.metadata.get("x-user")).toBe("kim");
    expect(rpc.calls[0]?.messages.map(String)).toEqual(["hi"]);
  });

  test("is answered with a status", async () => {
    const { lines } = await start(
      "call",
      fakeGrpc({ "/shop.Greeter/Hello": () => ({ status: 7, message: "not you" }) }),
    );
    expect(lines.at(-1)).toBe("close token=5 7=7 not you");
  });

  test("that nothing plays is unimplemented", async () => {
    const { lines } = await start("call", fakeGrpc({}));
    expect(lines.at(-1)).toBe("close token=5 12=12 nothing plays /shop.Greeter/Hello");
  });

  test("that nobody answers runs into its timeout", async () => {
    const rpc = fakeGrpc({ "/shop.Greeter/Hello": () => undefined });
    const { filter } = await start("call slow", rpc);
    expect(filter.clock.nextTimer).toBe(50);
    await filter.clock.advance("50ms");
    expect(filter.logs.at(-1)?.message).toMatch(/^close token=5 14=14/);
    expect(rpc.calls).toMatchObject([{ cancelled: true }]);
  });
});

describe("a stream", () => {
  test("is answered message by message until the filter ends it", async () => {
    const rpc = fakeGrpc({
      "/shop.Greeter/Chat": (message, call) => {
        if (call.messages.length === 1) call.sendMetadata({ "x-hello": "1" });
        return `${message.toString()}!`;
      },
    });
    const { lines } = await start("stream", rpc);
    expect(lines.slice(1)).toEqual([
      "initial token=6 count=1 type=!1",
      "message token=6 one!",
      "closed=0",
      "message token=6 two!",
      "trailing token=6 x-end=!1",
      "close token=6 0=0 ",
    ]);
    expect(rpc.calls[0]?.messages.map(String)).toEqual(["one", "two"]);
  });

  test("may be told more than it asked, and ended by the service", async () => {
    const rpc = fakeGrpc({ "/shop.Greeter/Chat": () => undefined });
    const { filter } = await start("stream", rpc);
    rpc.calls[0]?.send(Buffer.from("news"));
    rpc.calls[0]?.close(0, "", { "x-end": "now" });
    rpc.calls[0]?.close(13);
    await filter.settled();
    expect(filter.logs.slice(-4).map(({ message }) => message)).toEqual([
      "initial token=6 count=0 type=!1",
      "message token=6 news",
      "trailing token=6 x-end=now",
      "close token=6 0=0 ",
    ]);
  });

  test("that the filter cancels is told so", async () => {
    const rpc = fakeGrpc({ "/shop.Greeter/Chat": () => "never heard" });
    await start("cancel", rpc);
    expect(rpc.calls).toMatchObject([{ cancelled: true }]);
  });
});
