import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { HeaderMap } from "../header-map.ts";
import type { FilterModule } from "../module.ts";
import { compileFilter } from "../testing/compile.ts";
import { until } from "../testing/servers.ts";
import { Vm } from "../vm.ts";
import type { ClusterTarget, GrpcStart, GrpcUpstream } from "./cluster.ts";
import { frame, FrameReader } from "./grpc-frames.ts";

let filter: FilterModule;
const vms: Vm[] = [];
const servers: http2.Http2Server[] = [];

beforeAll(() => {
  filter = compileFilter("grpc");
});

afterEach(() => {
  for (const vm of vms.splice(0)) vm.close();
  for (const server of servers.splice(0)) server.close();
});

function start(rpc: ClusterTarget, mode: string): { vm: Vm; lines: string[] } {
  const lines: string[] = [];
  const vm = Vm.start(filter, {
    clusters: new Map([["rpc", rpc]]),
    pluginConfiguration: Buffer.from(mode),
    log: (_, line) => lines.push(line),
  });
  vms.push(vm);
  return { vm, lines };
}

const started: GrpcStart[] = [];
const end = new HeaderMap([["x-end", "now"]]);

/** Answers each message with itself and "!", and ends when the filter does. */
const shout: GrpcUpstream = {
  grpc: (call, reply) => {
    started.push(call);
    reply.metadata(new HeaderMap([["content-type", "application/grpc"]]));
    return {
      message: (bytes, last) => {
        if (bytes !== null) reply.message(Buffer.concat([bytes, Buffer.from("!")]));
        if (last) reply.close(0, "", end);
      },
    };
  },
};

/** {@link shout} behind a port. */
async function serve(
  trailers: Record<string, string> = { "grpc-status": "0", "x-end": "now" },
): Promise<URL> {
  const server = http2.createServer();
  servers.push(server);
  server.on("stream", (stream, headers) => {
    if (trailers["grpc-status"] !== "0") {
      stream.respond(
        { ":status": 200, "content-type": "application/grpc", ...trailers },
        { endStream: true },
      );
      return;
    }
    const frames = new FrameReader();
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ ...trailers, "x-path": headers[":path"] }));
    stream.on("data", (data: Buffer) => {
      for (const message of frames.read(data) ?? [])
        stream.write(frame(Buffer.concat([message, Buffer.from("!")])));
    });
    stream.on("end", () => stream.end());
    stream.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

describe("grpc_call", () => {
  test("ends in one message", async () => {
    started.length = 0;
    const { vm, lines } = start(shout, "call");
    await until(() => vm.callouts === 0);
    expect(lines).toEqual(["called=0 token=5", "message token=5 hi!"]);
    expect(started[0]).toMatchObject({ path: "/shop.Greeter/Hello", authority: "rpc" });
    expect(started[0]?.metadata.entries()).toEqual([
      ["content-type", "application/grpc"],
      ["te", "trailers"],
      ["x-user", "kim"],
    ]);
  });

  test("takes a serialised GrpcService, too", async () => {
    const { lines } = start(shout, "service");
    await until(() => lines.length > 1);
    expect(lines).toEqual(["service=0", "message token=5 hi!"]);
  });

  test("that fails, or brings nothing, is closed with a status", async () => {
    const failing = (status: number): GrpcUpstream => ({
      grpc: (_, reply) => ({ message: () => reply.close(status, status === 0 ? "" : "not you") }),
    });
    const denied = start(failing(7), "call");
    await until(() => denied.lines.length > 1);
    expect(denied.lines[1]).toBe("close token=5 7=7 not you");
    const empty = start(failing(0), "call");
    await until(() => empty.lines.length > 1);
    expect(empty.lines[1]).toBe("close token=5 13=13 ");
  });

  test("that takes too long is closed as unavailable, and the upstream is told", async () => {
    let cancelled = false;
    const { lines } = start(
      { grpc: () => ({ message: () => {}, cancelled: () => void (cancelled = true) }) },
      "call slow",
    );
    await until(() => lines.length > 1);
    expect(lines[1]).toBe("close token=5 14=14 upstream request timeout{response_timeout}");
    expect(cancelled).toBe(true);
  });
});

test("unknown services and tokens are refused", () => {
  const { lines } = start(shout, "unknown");
  expect(lines).toEqual(["name=4 service=10", "stream=4 send=21", "close=21 cancel=1"]);
});

describe("grpc_stream", () => {
  const conversation = [
    "streams=0 token=6 sent=0",
    "initial token=6 count=1 type=application/grpc",
    "message token=6 one!",
    "closed=0",
    "message token=6 two!",
    "trailing token=6 x-end=now",
    "close token=6 0=0 ",
  ];

  test("goes both ways until both sides have closed", async () => {
    const { vm, lines } = start(shout, "stream");
    await until(() => vm.callouts === 0);
    expect(lines).toEqual(conversation);
  });

  test("over HTTP/2", async () => {
    const { vm, lines } = start(await serve(), "stream");
    await until(() => vm.callouts === 0);
    // Over the network the details of the response are the message.
    const seen = lines.map((line) => line.replace(/count=\d/, "count=1").replace(/via_upstream$/, ""));
    expect(seen).toEqual(conversation);
    expect(lines.at(-1)).toContain("via_upstream");
  });

  test("that is cancelled is heard of no more", async () => {
    const { vm, lines } = start(shout, "cancel");
    await new Promise((resolve) => setImmediate(resolve));
    expect(lines).toEqual(["streams=0 token=6 sent=0", "cancelled=0 again=1"]);
    expect(vm.callouts).toBe(0);
  });
});

describe("over HTTP/2", () => {
  test("a call is answered", async () => {
    const { lines } = start(await serve(), "call");
    await until(() => lines.length > 1);
    expect(lines[1]).toBe("message token=5 hi!");
  });

  test("an answer of trailers only closes; so does nobody at the other end", async () => {
    const refused = start(await serve({ "grpc-status": "16", "grpc-message": "who%20are you" }), "stream");
    await until(() => refused.lines.length > 3);
    expect(refused.lines.slice(1)).toEqual([
      "initial token=6 count=0 type=!1",
      "trailing token=6 x-end=!1",
      "close token=6 16=16 who%20are you{via_upstream}",
    ]);
    const dead = start(new URL("http://127.0.0.1:1"), "call");
    await until(() => dead.lines.length > 1);
    expect(dead.lines[1]).toMatch(/^close token=5 14=14 upstream connect error .*Connection_refused\}\}$/);
  });
});
