// What a generated listener refuses or bounds, as Envoy's guide to edge configurations has it, in a real Envoy.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import http2 from "node:http2";
import { startRig } from "./test-rig.ts";
import type { Rig } from "./test-rig.ts";

let rig: Rig | undefined;
beforeAll(async () => {
  rig = await startRig([{ name: "main" }]);
});
afterAll(() => rig?.stop());

async function withSession<T>(
  port: number,
  use: (session: http2.ClientHttp2Session) => Promise<T>,
): Promise<T> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  try {
    return await use(session);
  } finally {
    session.destroy();
  }
}

/** The status, or the code of the reset. */
function ask(session: http2.ClientHttp2Session, headers: http2.OutgoingHttpHeaders): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request({ ":path": "/", ":authority": "h", ...headers });
    stream.on("response", (answer) => resolve(String(answer[":status"])));
    stream.on("error", (error: NodeJS.ErrnoException) => resolve(error.message));
    stream.resume().end();
  });
}

test("a header with an underscore never gets past, since services may read it as another", async () => {
  if (rig === undefined) return;
  const { status, details, upstream } = await rig.raw(
    "main",
    "GET / HTTP/1.1\r\nHost: h\r\nx_user: ann\r\nConnection: close\r\n\r\n",
  );
  expect({ status, details, upstream }).toEqual({
    status: 400,
    details: "http1.unexpected_underscore",
    upstream: undefined,
  });
  await withSession(rig.envoy.ports.get("main") ?? 0, async (session) => {
    expect(await ask(session, { "x-user": "ann" })).toBe("200");
    expect(await ask(session, { x_user: "ann" })).toMatch(/^Stream closed with error code/);
    expect(await ask(session, { "x-user": "ann" })).toBe("200");
  });
});

test("an HTTP/2 client has small windows and a hundred streams", async () => {
  if (rig === undefined) return;
  await withSession(rig.envoy.ports.get("main") ?? 0, async (session) => {
    const settings = await new Promise<http2.Settings>((resolve) => session.once("remoteSettings", resolve));
    expect(settings).toMatchObject({ initialWindowSize: 64 * 1024, maxConcurrentStreams: 100 });
  });
});
