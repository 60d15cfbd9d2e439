// The same cases in the Node host and in a real Envoy that runs on envoy.yaml.
import { expect, test } from "@jest/globals";
import { httpServer, inBothEngines, nobody, type HttpTestServer } from "../testing/index.ts";

/** Knows the tokens of kim, an admin, and lee. */
function authServer(): HttpTestServer {
  return httpServer((request, response) => {
    const users: Record<string, string> = {
      "Bearer k": "kim",
      "Bearer l": "lee",
      "Bearer e": "",
      "Bearer n": "kim\r\nx-role: admin",
    };
    const user = users[request.header("authorization") ?? ""];
    response.statusCode = user === undefined ? 401 : 200;
    response.end(user);
  });
}

function rolesServer(): HttpTestServer {
  return httpServer((request, response) => {
    response.end(request.header("x-user") === "kim" ? "reader\nadmin\n" : "reader\nadministrator\n");
  });
}

const bearer = (token: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${token}`, "x-user": "root" },
});

inBothEngines("auth-callout", (run) => {
  test("who is known passes, and the upstream is told who it is", () => {
    const upstream = httpServer();
    const auth = authServer();
    const users = rolesServer();
    return run({ clusters: { upstream, auth, users } }, async (proxy) => {
      expect((await proxy.send({ path: "/orders", ...bearer("l") })).status).toBe(200);
      expect((await proxy.send({ path: "/admin/keys", ...bearer("k") })).status).toBe(200);
      expect(upstream.requests.map((request) => request.header("x-user"))).toEqual(["lee", "kim"]);
      expect(auth.requests[0]).toMatchObject({ method: "POST", url: "/introspect" });
      expect(users.requests[0]).toMatchObject({ method: "GET", url: "/roles" });
    });
  });

  test("a body waits with its request and arrives whole", () => {
    const upstream = httpServer();
    return run({ clusters: { upstream, auth: authServer(), users: rolesServer() } }, async (proxy) => {
      const body = ["one ", "two ", "x".repeat(100_000)];
      await proxy.send({ path: "/orders", method: "POST", body, ...bearer("l") });
      expect(upstream.requests[0]?.body).toBe(body.join(""));
    });
  });

  test("the unknown, the unprivileged and the doubtful are refused", () => {
    const upstream = httpServer();
    const users = rolesServer();
    return run({ clusters: { upstream, auth: authServer(), users } }, async (proxy) => {
      const status = async (path: string, headers: Record<string, string | string[]>): Promise<number> =>
        (await proxy.send({ path, headers })).status;
      expect(await status("/orders", {})).toBe(401);
      expect(await status("/orders", { authorization: "Bearer x" })).toBe(401);
      expect(await status("/admin/keys", { authorization: "Bearer l" })).toBe(403);
      for (const path of [
        "//admin/keys",
        "/%61dmin/keys",
        "/orders/../admin/keys",
        "/orders/%2e%2E/admin",
        "/ordersx",
      ])
        expect([path, await status(path, { authorization: "Bearer l" })]).toEqual([path, 403]);
      for (const path of ["/orders/..%2fadmin/keys", "/orders/..%5Cadmin"])
        expect([path, await status(path, { authorization: "Bearer l" })]).toEqual([path, 400]);
      expect(await status("/orders", { authorization: "Bearer e" })).toBe(503);
      // A name that would make a header of its own.
      expect(await status("/orders", { authorization: "Bearer n" })).toBe(503);
      // Sent twice, Envoy joins them into one value that nobody knows.
      expect(await status("/orders", { authorization: ["Bearer k", "Bearer k"] })).toBe(401);
      expect(upstream.requests).toEqual([]);
    });
  });

  test("services that are away or slow refuse, too", async () => {
    const upstream = httpServer();
    await run({ clusters: { upstream, auth: nobody(), users: rolesServer() } }, async (proxy) => {
      expect((await proxy.send({ path: "/orders", ...bearer("l") })).status).toBe(503);
    });
    const silent = httpServer(() => {});
    await run({ clusters: { upstream: httpServer(), auth: authServer(), users: silent } }, async (proxy) => {
      expect((await proxy.send({ path: "/orders", ...bearer("l") })).status).toBe(503);
    });
    expect(upstream.requests).toEqual([]);
  });

  test("a client that does not wait for the answer leaves nothing behind", () => {
    const upstream = httpServer();
    let asked = (): void => {};
    const wasAsked = new Promise<void>((resolve) => (asked = resolve));
    const answers: (() => void)[] = [];
    const auth = httpServer((_, response) => {
      answers.push(() => response.end("kim"));
      asked();
    });
    return run({ clusters: { upstream, auth, users: rolesServer() } }, async (proxy) => {
      const client = await proxy.connect();
      client.write("GET /gone HTTP/1.1\r\nhost: a\r\nauthorization: Bearer k\r\n\r\n");
      await wasAsked;
      client.destroy();
      // Answered after the client went: the next request is served as ever.
      answers.splice(0).forEach((answer) => answer());
      const next = proxy.send({ path: "/next", ...bearer("k") });
      while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      answers.splice(0).forEach((answer) => answer());
      expect((await next).status).toBe(200);
      expect(upstream.requests.map(({ url }) => url)).toEqual(["/next"]);
    });
  });
});
