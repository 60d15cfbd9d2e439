import { afterEach, expect, test } from "@jest/globals";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { raw } from "../testing/servers.ts";
import { startProxy, type Proxy } from "./index.ts";

let proxy: Proxy;
let upstream: Server;

afterEach(async () => {
  await proxy.close();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

/** A request with a trailer through the proxy; answers the response, and the trailers the upstream got. */
async function exchange(trailers: boolean): Promise<{ answer: string; got: string[] }> {
  let got: string[] = [];
  upstream = createServer((request, response) => {
    request.resume().on("end", () => {
      got = request.rawTrailers;
      response.writeHead(200, { "transfer-encoding": "chunked" });
      response.addTrailers({ "X-End": "up" });
      response.end("body");
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const url = new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
  proxy = await startProxy({ upstream: url, port: 0, trailers });
  const request =
    "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nte: trailers\r\ntransfer-encoding: chunked\r\n\r\n" +
    "3\r\nabc\r\n0\r\nx-end: down\r\n\r\n";
  return { answer: await raw(proxy.port, request), got };
}

test("are passed on both ways where that is wanted", async () => {
  const { answer, got } = await exchange(true);
  expect(got).toEqual(["x-end", "down"]);
  expect(answer).toMatch(/\r\n0\r\nx-end: up\r\n\r\n$/);
});

test("are dropped otherwise", async () => {
  const { answer, got } = await exchange(false);
  expect(got).toEqual([]);
  expect(answer).toMatch(/\r\n0\r\n\r\n$/);
});
