// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { beforeAll, describe, expect, test } from "@jest/globals";
import { FilterModule, Peer, Vm } from "../../host/index.ts";
import { compiled, eventually, inBothEngines, nobody, tcpServer, type RunOptions } from "../testing/index.ts";

type Edit = NonNullable<RunOptions["edit"]>;

/** The upstream is connected to at once. */
const connectAtOnce: Edit = (yaml) => {
  const proxy = ["static_resources", "listeners", 0, "filter_chains", 0, "filters", 1, "typed_config"];
  yaml.set([...proxy, "upstream_connect_mode"], "ON_DOWNSTREAM_DATA", undefined);
  yaml.set([...proxy, "max_early_data_bytes"], 65_536, undefined);
};

const configure =
  (text: string): Edit =>
  (yaml) =>
    yaml.configure("tcp-knock", text);

inBothEngines("tcp-knock", (run) => {
  test("whoever knocks is let in, and the line stays outside", () => {
    const upstream = tcpServer();
    return run({ clusters: { upstream } }, async (proxy) => {
      const client = await proxy.connect();
      client.write("open sesame\nhello ");
      await client.until("hello ");
      client.write("open sesame\n");
      expect(await client.until("sesame\n")).toBe("hello open sesame\n");
      client.end();
      expect(await client.closed()).toBe("hello open sesame\n");
      expect(upstream.received).toBe("hello open sesame\n");
      await proxy.logged(/^tcp-knock: closed after 18 bytes from 127\.0\.0\.1:\d+, 18 to it$/);
      await eventually(async () =>
        expect(await proxy.stats()).toEqual({
          "tcp_knock.opened": 1,
          "tcp_knock.downstream_bytes": 18,
          "tcp_knock.upstream_bytes": 18,
        }),
      );
    });
  });

  test("byte by byte, with CR, and with nothing behind: nothing reaches the upstream before", () => {
    const upstream = tcpServer();
    return run({ clusters: { upstream } }, async (proxy) => {
      const client = await proxy.connect();
      for (const byte of "open sesame\r") {
        client.write(byte);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      client.write("\n");
      await eventually(async () => expect((await proxy.stats())["tcp_knock.opened"]).toBe(1));
      expect(upstream.received).toBe("");
      expect(upstream.connections).toBe(0);
      client.write("x");
      await client.until("x");
      expect(upstream.received).toBe("x");
    });
  });

  test("bytes of any kind pass both ways, also many at once", () => {
    const upstream = tcpServer();
    return run({ clusters: { upstream } }, async (proxy) => {
      const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      const much = Buffer.concat([...Array.from({ length: 2000 }, () => all), Buffer.from("end")]);
      const client = await proxy.connect();
      client.write(Buffer.concat([Buffer.from("open sesame\n"), much]));
      const back = await client.until("end");
      expect(Buffer.from(back, "latin1").equals(much)).toBe(true);
      await eventually(async () =>
        expect(await proxy.stats()).toMatchObject({
          "tcp_knock.downstream_bytes": much.length,
          "tcp_knock.upstream_bytes": much.length,
        }),
      );
    });
  });

  test("a client that sends no more still gets the answer", () => {
    const upstream = tcpServer((socket) => void socket.on("end", () => socket.end("that was all")));
    return run({ clusters: { upstream } }, async (proxy) => {
      const client = await proxy.connect();
      client.write("open sesame\nquestion");
      client.end();
      expect(await client.closed()).toBe("that was all");
      expect(upstream.received).toBe("question");
    });
  });

  test.each([
    ["another word", "open barley\n", "not the word"],
    ["the word and more", "open sesame!\n", "not the word"],
    ["a part of it", "open\n", "not the word"],
    ["nothing", "\n", "not the word"],
    ["an endless line", "x".repeat(300), "too long a line"],
    ["the word behind an endless line", `${"x".repeat(100_000)}\nopen sesame\n`, "too long a line"],
  ])("%s closes the connection", (_, text, why) => {
    const upstream = tcpServer();
    return run({ clusters: { upstream } }, async (proxy) => {
      const client = await proxy.connect();
      client.write(text);
      expect(await client.closed()).toBe("");
      await proxy.logged(new RegExp(`^tcp-knock: 127\\.0\\.0\\.1:\\d+ refused: ${why}$`));
      expect(upstream.received).toBe("");
      expect(await proxy.stats()).toEqual({ "tcp_knock.refused": 1 });
    });
  });

  test("half a line and no more closes the connection, as does silence", () => {
    const upstream = tcpServer();
    const edit = configure("open sesame\n200");
    return run({ clusters: { upstream }, edit }, async (proxy) => {
      const half = await proxy.connect();
      half.write("open ses");
      half.end();
      expect(await half.closed()).toBe("");
      await proxy.logged("refused: no whole line");
      const friend = await proxy.connect();
      friend.write("open sesame\n");
      const silent = await proxy.connect();
      expect(await silent.closed()).toBe("");
      await proxy.logged("refused: nothing in time");
      // Who is inside may be silent.
      friend.write("still here");
      await friend.until("still here");
      expect(upstream.received).toBe("still here");
    });
  });

  test("an upstream that speaks before the word has come is not heard", () => {
    const upstream = tcpServer((socket) => socket.end("welcome"));
    return run({ clusters: { upstream }, edit: connectAtOnce }, async (proxy) => {
      const client = await proxy.connect();
      expect(await client.closed()).toBe("");
      await proxy.logged("refused: the upstream speaks first");
    });
  });

  test("a configuration without a time is refused", () =>
    run.refused({ clusters: { upstream: nobody() }, edit: configure("open sesame") }, (why) =>
      expect(why).toContain("tcp-knock: the second line must say how many milliseconds to wait"),
    ));
});

describe("the module", () => {
  let filter: FilterModule;
  beforeAll(async () => {
    filter = FilterModule.compile(await compiled("tcp-knock"));
  });

  const start = (configuration: string): Vm =>
    Vm.start(filter, { pluginConfiguration: Buffer.from(configuration) });

  test.each(["", "\n5", "word\n0", "word\n3600001", "word\nsoon", "word\r\n5", `${"x".repeat(257)}\n5`])(
    "refuses the configuration %j",
    (configuration) => {
      expect(() => start(configuration)).toThrow("on_configure");
    },
  );

  test("lets a word of 256 bytes in, with CR LF", () => {
    const word = "w".repeat(256);
    const connection = start(`${word}\n5`).openConnection();
    expect(connection.newConnection()).toMatchObject({ kind: "continue" });
    expect(connection.downstreamData(Buffer.from(word), false)).toMatchObject({ kind: "pause" });
    expect(connection.downstreamData(Buffer.from("\r"), false)).toMatchObject({ kind: "pause" });
    const result = connection.downstreamData(Buffer.from("\nrest"), true);
    expect(result).toMatchObject({ kind: "continue" });
    expect(result.kind === "continue" ? Buffer.from(result.data).toString() : "").toBe("rest");
  });

  test("keeps its memory over many connections", () => {
    const vm = start("word\n1000");
    const connect = (text: string): void => {
      const connection = vm.openConnection();
      connection.newConnection();
      connection.downstreamData(Buffer.from(text), false);
      connection.downstreamClosed(Peer.Remote);
    };
    const all = (times: number): void => {
      for (let i = 0; i < times; i++) for (const text of ["word\nx", "wrong\n", "half"]) connect(text);
    };
    all(2_000);
    const { memoryBytes } = vm;
    all(20_000);
    expect(vm.memoryBytes).toBe(memoryBytes);
    expect(vm.streams).toBe(0);
  });
});
