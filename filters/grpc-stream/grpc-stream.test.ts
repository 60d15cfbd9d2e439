// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { createConnection, type Socket } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { FilterModule, HeaderMap, Vm, type GrpcReply } from "../../host/index.ts";
import {
  compiled,
  eventually,
  grpcServer,
  httpServer,
  inBothEngines,
  nobody,
  tcpServer,
  type GrpcHandler,
  type GrpcServerCall,
  type GrpcTestServer,
  type TcpTestServer,
} from "../testing/index.ts";

const SERVICE = "/tollgate.example.reports.v1.Reports";

interface Summary {
  number: number;
  method: string;
  path: string;
  status: number;
}

/** Reads a `Summary`. */
function summary(message: Uint8Array): Summary {
  const reader = new BinaryReader(message);
  const read: Summary = { number: 0, method: "", path: "", status: 0 };
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    if (field === 1) read.number = Number(reader.uint64());
    else if (field === 2) read.method = reader.string();
    else if (field === 3) read.path = Buffer.from(reader.bytes()).toString();
    else read.status = reader.uint32();
  }
  return read;
}

const acknowledgement = (number: number): Uint8Array =>
  new BinaryWriter().tag(1, WireType.Varint).uint64(number).finish();
const verdict = (clean: boolean): Uint8Array =>
  new BinaryWriter().tag(1, WireType.Varint).bool(clean).finish();

/** The content of a `Piece`. */
function content(message: Uint8Array): Buffer {
  const reader = new BinaryReader(message);
  reader.tag();
  return Buffer.from(reader.bytes());
}

/** Acknowledges each summary as it comes. */
const acknowledging: GrpcHandler = (call) =>
  call.onMessage((message) => call.send(acknowledgement(summary(message).number)));

const reportsServer = (report: GrpcHandler, scan: GrpcHandler = () => {}): GrpcTestServer =>
  grpcServer({ [`${SERVICE}/Report`]: report, [`${SERVICE}/Scan`]: scan });

const summariesOf = (server: GrpcTestServer): Summary[] =>
  server.calls
    .filter(({ path }) => path.endsWith("/Report"))
    .flatMap(({ messages }) => messages.map(summary));

/** A port that stays the same while the server behind it is replaced. */
function relay(to: () => number): TcpTestServer {
  return tcpServer((socket) => {
    const onwards: Socket = createConnection({ port: to(), host: "127.0.0.1" });
    socket.on("close", () => onwards.destroy());
    onwards.on("error", () => {}); // nobody is there; `close` follows
    onwards.on("close", () => socket.destroy());
    socket.pipe(onwards).pipe(socket);
  });
}

inBothEngines("grpc-stream", (run) => {
  test("every request is reported, on one stream for each worker, and acknowledgements are counted", () => {
    const upstream = httpServer((request, response) => {
      response.statusCode = request.url === "/missing" ? 404 : 200;
      response.end();
    });
    const reports = reportsServer(acknowledging);
    return run({ clusters: { upstream, reports } }, async (proxy) => {
      await proxy.send({ path: "/cart?x=1" });
      await proxy.send({ path: "/missing", method: "DELETE" });
      await proxy.send({ path: "/cart", body: "ordinary bodies are not scanned" });
      await eventually(async () =>
        expect(await proxy.stats()).toEqual({ "grpc_stream.opened": 1, "grpc_stream.acknowledged": 3 }),
      );
      expect(reports.calls.map(({ path }) => path)).toEqual([`${SERVICE}/Report`]);
      expect(summariesOf(reports)).toEqual([
        { number: 1, method: "GET", path: "/cart?x=1", status: 200 },
        { number: 2, method: "DELETE", path: "/missing", status: 404 },
        { number: 3, method: "POST", path: "/cart", status: 200 },
      ]);
    });
  });

  test("two workers have a stream each", () => {
    const reports = reportsServer(acknowledging);
    return run({ clusters: { upstream: httpServer(), reports }, concurrency: 2 }, async (proxy) => {
      await eventually(async () => {
        await Promise.all(Array.from({ length: 10 }, () => proxy.send({ path: "/" })));
        expect((await proxy.stats())["grpc_stream.opened"]).toBe(2);
      });
    });
  });

  test("a server's restart loses nothing", async () => {
    const first = reportsServer((call) => {
      // Takes the second summary and does not say so.
      call.onMessage((message) => {
        const { number } = summary(message);
        if (number === 1) call.send(acknowledgement(number));
      });
    });
    const second = reportsServer(acknowledging);
    let port = 0;
    const reports = relay(() => port);
    await first.start();
    try {
      port = first.port;
      await run({ clusters: { upstream: httpServer(), reports } }, async (proxy) => {
        await proxy.send({ path: "/1" });
        await proxy.send({ path: "/2" });
        await eventually(() => expect(summariesOf(first)).toHaveLength(2));
        await first.stop();
        await proxy.logged(/^grpc-stream: the stream broke: status \d+/);
        expect((await proxy.send({ path: "/3" })).status).toBe(200);
        await second.start();
        port = second.port;
        await eventually(async () => expect((await proxy.stats())["grpc_stream.acknowledged"]).toBe(3));
        expect(summariesOf(second).map(({ number, path }) => `${number} ${path}`)).toEqual(["2 /2", "3 /3"]);
      });
    } finally {
      await first.stop();
      await second.stop();
    }
  });

  test("a stream that the server ends is opened anew when there is something to say", () => {
    let calls = 0;
    const reports = reportsServer((call) => {
      const last = ++calls === 1;
      call.onMessage((message) => {
        call.send(acknowledgement(summary(message).number));
        if (last) call.end(0);
      });
    });
    return run({ clusters: { upstream: httpServer(), reports } }, async (proxy) => {
      await proxy.send({ path: "/1" });
      await proxy.logged("grpc-stream: the stream broke: status 0");
      await proxy.send({ path: "/2" });
      await eventually(async () => expect((await proxy.stats())["grpc_stream.acknowledged"]).toBe(2));
      expect(reports.calls).toHaveLength(2);
    });
  });

  test("without a server requests pass, and reports wait", () =>
    run({ clusters: { upstream: httpServer(), reports: nobody() } }, async (proxy) => {
      for (let i = 0; i < 5; i++) expect((await proxy.send({ path: "/" })).status).toBe(200);
      await eventually(async () => expect((await proxy.stats())["grpc_stream.opened"]).toBeGreaterThan(1));
      expect(await proxy.stats()).not.toHaveProperty("grpc_stream.acknowledged");
    }));

  describe("an upload", () => {
    /** Finds what says `virus` at any boundary. */
    const scanner: GrpcHandler = (call) => {
      let all = "";
      call.onMessage((message) => (all += content(message).toString("latin1")));
      call.onEnd(() => {
        call.send(verdict(!all.includes("virus")));
        call.end();
      });
    };

    test("passes when it is clean, with trailers or without", () => {
      const upstream = httpServer();
      const reports = reportsServer(acknowledging, scanner);
      return run({ clusters: { upstream, reports } }, async (proxy) => {
        const large = "x".repeat(300_000);
        expect((await proxy.send({ path: "/upload/a", body: ["one ", "two"] })).status).toBe(200);
        expect((await proxy.send({ path: "/upload/b", body: large })).status).toBe(200);
        const trailers = { "x-sum": "2" };
        expect((await proxy.send({ path: "/upload/c", body: ["two"], trailers })).status).toBe(200);
        expect((await proxy.send({ path: "/upload/d" })).status).toBe(200);
        expect(upstream.requests.map(({ body }) => body)).toEqual(["one two", large, "two", ""]);
        expect(upstream.requests[2]?.trailers).toEqual([["x-sum", "2"]]);
        expect((await proxy.stats())["grpc_stream.uploads"]).toBe(3);
      });
    });

    test("is refused when it is not, and the upstream gets no whole request", () => {
      const upstream = httpServer();
      const reports = reportsServer(acknowledging, scanner);
      return run({ clusters: { upstream, reports } }, async (proxy) => {
        const answer = await proxy.send({ path: "/upload/a", body: ["a vi", "rus"] });
        expect(answer.status).toBe(403);
        const trailers = { "x-sum": "2" };
        expect((await proxy.send({ path: "/upload/c", body: ["virus"], trailers })).status).toBe(403);
        expect(upstream.requests).toEqual([]);
      });
    });

    test.each<[string, GrpcHandler, number]>([
      ["early, with more behind it", (call) => call.onMessage(() => twice(call, false)), 403],
      ["and then comes another one", (call) => call.onEnd(() => twice(call, true)), 200],
      ["never, and the server ends the stream", (call) => call.onEnd(() => call.end(0)), 503],
      ["never, and the server fails", (call) => call.end(8, "busy"), 503],
      ["never", () => {}, 503],
    ])("whose verdict comes %s", (_, scan, status) => {
      const reports = reportsServer(acknowledging, scan);
      return run({ clusters: { upstream: httpServer(), reports } }, async (proxy) => {
        expect((await proxy.send({ path: "/upload/a", body: ["one ", "two"] })).status).toBe(status);
        // Nothing was left behind that would harm the next one.
        expect((await proxy.send({ path: "/" })).status).toBe(200);
      });
    });

    test("whose client goes ends its stream", () => {
      const reports = reportsServer(acknowledging);
      return run({ clusters: { upstream: httpServer(), reports } }, async (proxy) => {
        const client = await proxy.connect();
        client.write("POST /upload/a HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf");
        await eventually(() => expect(reports.calls[0]?.messages.map(content).join("")).toBe("half"));
        client.destroy();
        await eventually(() => expect(reports.calls[0]?.cancelled).toBe(true));
      });
    });
  });
});

/** Two messages in one piece, and an end. */
function twice(call: GrpcServerCall, clean: boolean): void {
  call.send(verdict(clean));
  call.send(verdict(!clean));
  call.end();
}

describe("the module", () => {
  async function start(): Promise<{ vm: Vm; request: () => void; replies: GrpcReply[]; sent: number[][] }> {
    const replies: GrpcReply[] = [];
    const sent: number[][] = [];
    const grpc = (_: unknown, reply: GrpcReply) => {
      replies.push(reply);
      const numbers: number[] = [];
      sent.push(numbers);
      return {
        message: (bytes: Uint8Array | null) => void numbers.push(summary(bytes ?? Buffer.alloc(0)).number),
      };
    };
    const vm = Vm.start(FilterModule.compile(await compiled("grpc-stream")), {
      clusters: new Map([["reports", { grpc }]]),
    });
    const request = (): void => {
      const stream = vm.openStream();
      const headers: [string, string][] = [
        [":method", "GET"],
        [":path", "/"],
        [":authority", "shop.test"],
      ];
      stream.requestHeaders(new HeaderMap(headers), true);
      stream.responseHeaders(new HeaderMap([[":status", "200"]]), true);
      stream.close();
    };
    return { vm, request, replies, sent };
  }

  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test("keeps 256 summaries for a server that acknowledges nothing", async () => {
    const { vm, request, replies, sent } = await start();
    for (let i = 0; i < 300; i++) request();
    expect(sent[0]).toHaveLength(256);
    replies[0]?.message(acknowledgement(999)); // never sent
    replies[0]?.message(Buffer.from([0xff]));
    replies[0]?.message(acknowledgement(250));
    replies[0]?.message(acknowledgement(250));
    await settled();
    request();
    expect(sent[0]?.at(-1)).toBe(257);
    replies[0]?.close(14);
    await settled();
    vm.tick();
    expect(sent[1]).toEqual([251, 252, 253, 254, 255, 256, 257]);
  });

  test("waits twice as long after each attempt that failed, at most 128 ticks", async () => {
    const { vm, request, replies } = await start();
    request();
    const pauses: number[] = [];
    for (let i = 0; i < 10; i++) {
      replies.at(-1)?.close(14);
      await settled();
      const attempts = replies.length;
      let ticks = 0;
      for (; replies.length === attempts; ticks++) vm.tick();
      pauses.push(ticks);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 128, 128]);
    replies.at(-1)?.message(acknowledgement(1));
    replies.at(-1)?.close(14);
    await settled();
    request();
    vm.tick();
    expect(replies).toHaveLength(12);
  });

  test("keeps its memory over 100,000 reports", async () => {
    const { vm, request, replies } = await start();
    const all = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        for (let j = 0; j < 100; j++) request();
        acknowledgedSoFar += 100;
        replies[0]?.message(acknowledgement(acknowledgedSoFar));
        await settled();
      }
    };
    let acknowledgedSoFar = 0;
    await all(100);
    const { memoryBytes } = vm;
    await all(1000);
    expect(vm.memoryBytes).toBe(memoryBytes);
    expect(vm.failed).toBe(false);
  });
});
