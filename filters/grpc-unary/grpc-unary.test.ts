// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { expect, test } from "@jest/globals";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  eventually,
  grpcServer,
  httpServer,
  inBothEngines,
  nobody,
  unary,
  type GrpcTestServer,
} from "../testing/index.ts";

const CHECK = "/tollgate.example.access.v1.Access/Check";

interface Question {
  method: string;
  path: Buffer;
  headers: [string, string][];
}

/** Reads a `CheckRequest`. */
function question(message: Uint8Array): Question {
  const reader = new BinaryReader(message);
  const read: Question = { method: "", path: Buffer.alloc(0), headers: [] };
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    if (field === 1) read.method = reader.string();
    else if (field === 2) read.path = Buffer.from(reader.bytes());
    else {
      const header = new BinaryReader(reader.bytes());
      header.tag();
      const name = header.string();
      header.tag();
      read.headers.push([name, Buffer.from(header.bytes()).toString()]);
    }
  }
  return read;
}

/** Writes a `CheckResponse`. */
function decision(value: number, { user = "", status = 0 } = {}): Uint8Array {
  return new BinaryWriter()
    .tag(1, WireType.Varint)
    .int32(value)
    .tag(2, WireType.LengthDelimited)
    .string(user)
    .tag(3, WireType.Varint)
    .uint32(status)
    .finish();
}

const allow = (user = ""): Uint8Array => decision(1, { user });
const deny = (status = 0): Uint8Array => decision(2, { status });

/** Answers by the path: with these messages, and this status. */
function answering(answers: Record<string, [messages: Uint8Array[], status: number]>): GrpcTestServer {
  return grpcServer({
    [CHECK]: (call) =>
      call.onMessage((message) => {
        const [messages, status] = answers[question(message).path.toString()] ?? [[], 12];
        for (const answer of messages) call.send(answer);
        call.end(status, "no");
      }),
  });
}

inBothEngines("grpc-unary", (run) => {
  test("the service is told of the request, and who may pass is named to the upstream", () => {
    const upstream = httpServer();
    const access = grpcServer({ [CHECK]: unary(() => allow("kim")) });
    return run({ clusters: { upstream, access } }, async (proxy) => {
      const answer = await proxy.send({
        path: "/orders/%ff?x=1",
        method: "POST",
        body: ["one ", "two"],
        headers: {
          authorization: "Bearer k",
          "x-tag": ["a", "b"],
          "x-odd": "é",
          "x-user": ["root", "kim"],
        },
      });
      expect(answer.status).toBe(200);
      expect(upstream.requests[0]).toMatchObject({ url: "/orders/%ff?x=1", body: "one two" });
      expect(upstream.requests[0]?.header("x-user")).toBe("kim");
      const [call] = access.calls;
      expect(call).toMatchObject({ path: CHECK });
      const asked = question(call?.messages[0] ?? Buffer.alloc(0));
      expect(asked.method).toBe("POST");
      expect(asked.path.toString()).toBe("/orders/%ff?x=1");
      expect(asked.headers).toEqual(
        expect.arrayContaining([
          ["authorization", "Bearer k"],
          ["x-tag", "a"],
          ["x-tag", "b"],
          ["x-odd", "é"],
        ]),
      );
      const names = asked.headers.map(([name]) => name);
      expect(names.filter((name) => name.startsWith(":") || name === "x-user")).toEqual([]);
    });
  });

  test("who may pass without a name passes without a name", () => {
    const upstream = httpServer();
    const access = grpcServer({ [CHECK]: unary(() => allow()) });
    return run({ clusters: { upstream, access } }, async (proxy) => {
      expect((await proxy.send({ path: "/", headers: { "x-user": "root" } })).status).toBe(200);
      expect(upstream.requests[0]?.header("x-user")).toBeUndefined();
    });
  });

  test("a refusal is the service's status, an answer that decides nothing is none", () => {
    const upstream = httpServer();
    const access = answering({
      "/deny": [[deny()], 0],
      "/deny/429": [[deny(429)], 0],
      "/deny/200": [[deny(200)], 0],
      "/deny/600": [[deny(600)], 0],
      "/empty": [[Buffer.alloc(0)], 0],
      "/unspecified": [[decision(0, { user: "kim" })], 0],
      "/later": [[decision(3)], 0],
      "/malformed": [[Buffer.concat([allow(), Buffer.from([0x12, 0x7f])])], 0],
      "/two-lines": [[allow("kim\r\nx-admin: yes")], 0],
      "/status/7": [[], 7],
      "/status/16": [[], 16],
      "/status/5": [[], 5],
      "/status/13": [[], 13],
      "/nothing": [[], 0],
      "/refused-late": [[allow("kim")], 7],
    });
    return run({ clusters: { upstream, access } }, async (proxy) => {
      const expected: Record<string, number> = {
        "/deny": 403,
        "/deny/429": 429,
        "/deny/200": 403,
        "/deny/600": 403,
        "/empty": 503,
        "/unspecified": 503,
        "/later": 503,
        "/malformed": 503,
        "/two-lines": 503,
        "/status/7": 403,
        "/status/16": 401,
        "/status/5": 503,
        "/status/13": 503,
        "/nothing": 503,
        "/refused-late": 403,
      };
      const seen: Record<string, number> = {};
      for (const path of Object.keys(expected)) seen[path] = (await proxy.send({ path })).status;
      expect(seen).toEqual(expected);
      expect(upstream.requests).toEqual([]);
      await eventually(async () => expect((await proxy.stats())["grpc_unary.failures"]).toBe(8));
    });
  });

  test("a service that is away, silent, or no such service refuses", async () => {
    const upstream = httpServer();
    const status = async (access: GrpcTestServer | ReturnType<typeof nobody>): Promise<number> => {
      let seen = 0;
      await run({ clusters: { upstream: httpServer(), access } }, async (proxy) => {
        seen = (await proxy.send({ path: "/" })).status;
      });
      return seen;
    };
    await run({ clusters: { upstream, access: nobody() }, logLevel: "debug" }, async (proxy) => {
      expect((await proxy.send({ path: "/" })).status).toBe(503);
      await proxy.logged(/^grpc-unary: status 14, ./);
      expect(await status(grpcServer({ [CHECK]: () => {} }))).toBe(503);
      expect(await status(grpcServer({}))).toBe(503);
    });
    expect(upstream.requests).toEqual([]);
  });

  test("a gRPC client is told in gRPC's way", () => {
    const access = grpcServer({ [CHECK]: unary(() => deny()) });
    return run({ clusters: { upstream: httpServer(), access } }, async (proxy) => {
      const headers = { "content-type": "application/grpc", te: "trailers" };
      const answer = await proxy.send({ path: "/shop.Cart/Add", method: "POST", body: "", headers });
      expect([answer.status, answer.header("grpc-status")]).toEqual([200, "7"]);
    });
  });

  test("a client that does not wait for the answer leaves nothing behind", () => {
    const upstream = httpServer();
    const answers: (() => void)[] = [];
    const access = grpcServer({
      [CHECK]: (call) =>
        call.onMessage(() =>
          answers.push(() => {
            call.send(allow());
            call.end();
          }),
        ),
    });
    return run({ clusters: { upstream, access } }, async (proxy) => {
      const client = await proxy.connect();
      client.write("GET /gone HTTP/1.1\r\nhost: a\r\n\r\n");
      await eventually(() => expect(answers).toHaveLength(1));
      client.destroy();
      answers[0]?.();
      const next = proxy.send({ path: "/next" });
      await eventually(() => expect(answers).toHaveLength(2));
      answers[1]?.();
      expect((await next).status).toBe(200);
      expect(upstream.requests.map(({ url }) => url)).toEqual(["/next"]);
    });
  });
});
