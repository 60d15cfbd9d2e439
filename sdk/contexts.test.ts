// Contexts: an object for each configuration and each stream, and callouts that come home to them.
import { beforeAll, describe, expect, test } from "@jest/globals";
import { compile } from "../filters/runtime/testing/compile.ts";
import {
  FilterModule,
  HeaderMap,
  Vm,
  type Clusters,
  type ClusterTarget,
  type GrpcReply,
  type GrpcUpstream,
  type HttpStream,
  type StreamResult,
} from "../host/index.ts";

let filter: FilterModule;
beforeAll(async () => {
  filter = FilterModule.compile(await compile("sdk/testing/contexts.ts", "filter"));
});

interface Started {
  vm: Vm;
  lines: string[];
}

function start(configuration: string, clusters: Clusters = new Map()): Started {
  const lines: string[] = [];
  const log = (_: unknown, line: string): number => lines.push(line);
  return { vm: Vm.start(filter, { pluginConfiguration: Buffer.from(configuration), clusters, log }), lines };
}

function open(
  vm: Vm,
  path: string,
): { stream: HttpStream; result: StreamResult; resumed: Promise<void>; answered: Promise<StreamResult> } {
  const stream = vm.openStream();
  const headers = new HeaderMap([
    [":method", "GET"],
    [":path", path],
    [":authority", "shop.test"],
  ]);
  let resume = (): void => {};
  let answer: (ended: StreamResult) => void = () => {};
  const resumed = new Promise<void>((resolve) => (resume = resolve));
  const answered = new Promise<StreamResult>((resolve) => (answer = resolve));
  stream.listener = { continued: () => resume(), ended: (result) => answer(result) };
  return { stream, result: stream.requestHeaders(headers, true), resumed, answered };
}

const status = (code: string, body = ""): { headers: HeaderMap; body: Buffer } => ({
  headers: new HeaderMap([[":status", code]]),
  body: Buffer.from(body),
});

/** Until callouts that are under way have ended. */
async function settled(vm: Vm): Promise<void> {
  while (vm.callouts > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe("configurations", () => {
  test("have an object each in one VM, and streams know theirs", () => {
    const { vm: first, lines } = start("first");
    const second = first.startPlugin({ pluginConfiguration: Buffer.from("second") });
    const streams = [first, second, first].map((vm) => open(vm, "/x").stream);
    for (const stream of streams) stream.close();
    expect(lines).toEqual([
      "configured first",
      "configured second",
      "first /x",
      "second /x",
      "first /x",
      "first deleted",
      "second deleted",
      "first deleted",
    ]);
  });

  test("go, and the others stay", () => {
    const { vm: first, lines } = start("first");
    const second = first.startPlugin({ pluginConfiguration: Buffer.from("second") });
    const { stream } = open(first, "/x");
    stream.close();
    first.close();
    open(second, "/y").stream.close();
    expect(lines.slice(4)).toEqual(["done first", "second /y", "second deleted"]);
    expect(second.failed).toBe(false);
  });

  test("are refused by themselves", () => {
    const { vm: first } = start("first");
    expect(() => first.startPlugin({ pluginConfiguration: Buffer.from("refused") })).toThrow("on_configure");
    expect(open(first, "/x").result).toMatchObject({ kind: "continue" });
  });
});

describe("callouts", () => {
  test("come home to the stream that asked, one behind the other", async () => {
    const seen: string[] = [];
    const clusters: Clusters = new Map<string, ClusterTarget>([
      [
        "one",
        ({ headers, body, trailers }) => {
          seen.push(`${headers.get(":method")} ${headers.get(":path")} ${headers.get(":authority")}`);
          seen.push(`${headers.get("x-user")} ${Buffer.from(body).toString()} ${trailers.get("x-end")}`);
          return { ...status("200", "kim"), trailers: new HeaderMap([["x-t", "1"]]) };
        },
      ],
      ["two", () => status("404")],
    ]);
    const { vm, lines } = start("a", clusters);
    const { stream, result, resumed } = open(vm, "/call");
    expect(result).toMatchObject({ kind: "pause" });
    await resumed;
    stream.close();
    expect(seen).toEqual(["POST /check auth.test", "kim who 1"]);
    expect(lines.slice(1)).toEqual([
      "a call 0",
      "a response 1 200 kim false true",
      "a response 2 404  false false",
      "a deleted",
    ]);
  });

  test("to an unknown cluster answer BadArgument", () => {
    const { vm, lines } = start("a");
    expect(open(vm, "/unknown").result).toMatchObject({ kind: "continue" });
    expect(lines).toContain("a call 2");
  });

  test("that broke off arrive as failed", async () => {
    const { vm, lines } = start("a", new Map([["one", () => Promise.reject(new Error("reset"))]]));
    open(vm, "/call");
    await settled(vm);
    expect(lines[2]).toBe("a response 1 0  true false");
  });

  test("of a stream that is gone are heard by nobody", async () => {
    const { vm, lines } = start("a", new Map([["one", () => status("200")]]));
    open(vm, "/call").stream.close();
    const { resumed } = open(vm, "/grpc-stream");
    void resumed;
    await settled(vm);
    expect(lines).toEqual(["configured a", "a call 0", "a deleted", "no stream 10"]);
    expect(vm.failed).toBe(false);
  });

  test("of two configurations do not mix", async () => {
    const { vm: first, lines } = start(
      "first",
      new Map([
        ["one", () => status("200")],
        ["two", () => status("200")],
      ]),
    );
    const second = first.startPlugin({ pluginConfiguration: Buffer.from("second") });
    const waiting = [open(first, "/call"), open(second, "/call")];
    await Promise.all(waiting.map(({ resumed }) => resumed));
    const of = (name: string): string[] => lines.filter((line) => line.startsWith(`${name} response`));
    expect(of("first")).toHaveLength(2);
    expect(of("second")).toHaveLength(2);
  });
});

describe("gRPC", () => {
  test("a unary answer comes home", async () => {
    const { vm, lines } = start(
      "a",
      new Map([
        [
          "rpc",
          {
            grpc: ({ path }, reply) => ({
              message: (bytes) => {
                reply.message(Buffer.from(`${path} ${Buffer.from(bytes ?? []).toString()}`));
                reply.close(0);
              },
            }),
          },
        ],
      ]),
    );
    await open(vm, "/grpc").resumed;
    expect(lines.slice(1)).toContain("message 7 /pkg.Service/Get question");
    expect(lines).toContain("a grpc 0");
  });

  test("a refusal comes home with its status and message", async () => {
    const grpc: Clusters = new Map([
      ["rpc", { grpc: (_, reply) => ({ message: () => reply.close(5, "no such thing") }) }],
    ]);
    const { vm, lines } = start("a", grpc);
    await open(vm, "/grpc").resumed;
    expect(lines).toContain("closed 7 5 no such thing");
  });

  test("a stream's metadata, messages and end come home", async () => {
    const { vm, lines } = start(
      "a",
      new Map([
        [
          "rpc",
          {
            grpc: (_, reply) => ({
              message: (bytes) => {
                reply.metadata(new HeaderMap([["x-kind", "chat"]]));
                reply.message(Buffer.from(`1 ${Buffer.from(bytes ?? []).toString()}`));
                reply.message(Buffer.from("2"));
                reply.close(0, "", new HeaderMap([["x-end", "1"]]));
              },
            }),
          },
        ],
      ]),
    );
    await open(vm, "/grpc-stream").resumed;
    expect(lines.slice(1)).toEqual([
      "sent 0",
      "metadata 8 chat",
      "message 8 1 hello",
      "message 8 2",
      "trailing 8",
      "closed 8 0 ",
      "open false 1 1 1",
    ]);
    // The host keeps what belongs to a stream until the filter has ended its half, too.
    expect(vm.callouts).toBe(0);
  });

  test("a stream whose HTTP stream is gone is cancelled", async () => {
    let cancelled = (): void => {};
    const done = new Promise<void>((resolve) => (cancelled = resolve));
    const { vm, lines } = start("a", new Map([["rpc", { grpc: () => ({ message: () => {}, cancelled }) }]]));
    open(vm, "/grpc-stream").stream.close();
    await done;
    expect(vm.callouts).toBe(0);
    expect(lines).toEqual(["configured a", "sent 0", "a deleted"]);
  });
});

describe("a gRPC stream", () => {
  /** What happens to one stream, and how to answer on it. */
  function server(): { clusters: Clusters; seen: string[]; reply: () => GrpcReply } {
    const seen: string[] = [];
    const replies: GrpcReply[] = [];
    const grpc: GrpcUpstream["grpc"] = (_, reply) => {
      replies.push(reply);
      return {
        message: (bytes) => void seen.push(Buffer.from(bytes ?? []).toString()),
        cancelled: () => void seen.push("cancelled"),
      };
    };
    const reply = (): GrpcReply => {
      const last = replies.at(-1);
      if (last === undefined) throw new Error("no stream was opened");
      return last;
    };
    return { clusters: new Map([["rpc", { grpc }]]), seen, reply };
  }

  test("of the filter's object outlives the HTTP stream in whose callback it was opened", async () => {
    const { clusters, seen, reply } = server();
    const { vm, lines } = start("a", clusters);
    open(vm, "/grpc-shared").stream.close();
    expect(seen).toEqual(["shared"]);
    reply().message(Buffer.from("ack"));
    reply().close(14);
    await settled(vm);
    expect(lines.slice(1)).toEqual(["a /grpc-shared", "a deleted", "root message 9 ack", "root closed 9 14"]);
  });

  test("whose HTTP stream ends with its answer is cancelled when its other answers have passed", async () => {
    const { clusters, seen, reply } = server();
    const { vm, lines } = start("a", clusters);
    const { stream } = open(vm, "/grpc-first");
    reply().message(Buffer.from("1"));
    reply().message(Buffer.from("2"));
    stream.listener = { continued: () => {}, ended: () => stream.close() };
    await new Promise((resolve) => setImmediate(resolve));
    expect(lines.slice(1)).toEqual(["metadata 10 none", "message 10 1", "a deleted"]);
    expect([seen, vm.callouts]).toEqual([[], 1]);
    vm.tick();
    expect([seen, vm.callouts]).toEqual([["cancelled"], 0]);
  });

  test("that the server ends before it can be cancelled is done with", async () => {
    const { clusters, seen, reply } = server();
    const { vm, lines } = start("a", clusters);
    const { stream } = open(vm, "/grpc-first");
    stream.listener = { continued: () => {}, ended: () => stream.close() };
    reply().message(Buffer.from("1"));
    reply().close(0);
    await settled(vm);
    vm.tick();
    open(vm, "/x").stream.close();
    expect(lines.slice(1)).toEqual(["metadata 10 none", "message 10 1", "a deleted", "a /x", "a deleted"]);
    expect(seen).toEqual([]);
  });
});

test("a tick reaches the streams that wait", async () => {
  const { vm, lines } = start("a");
  expect(vm.tickPeriodMs).toBe(1000);
  const { stream, answered } = open(vm, "/wait");
  const gone = open(vm, "/wait");
  gone.stream.close();
  vm.tick();
  expect(await answered).toMatchObject({ kind: "local-response", response: { status: 504 } });
  stream.close();
  expect(lines.slice(1)).toEqual(["a deleted", "a deleted"]);
});

test("memory stays as it is over many streams", () => {
  const { vm } = start("a");
  const one = (): void => open(vm, "/x").stream.close();
  for (let i = 0; i < 5_000; i++) one();
  const { memoryBytes } = vm;
  for (let i = 0; i < 100_000; i++) one();
  expect(vm.memoryBytes).toBe(memoryBytes);
});
